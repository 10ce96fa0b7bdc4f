"use strict";
// The graph page: lays out what is visible, shows details of what is chosen, and steps through both passes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const byNumber = new Map(data.vertices.map((v) => [v.number, v]));
  const into = new Map(), outOf = new Map();
  data.edges.forEach((e, k) => {
    e.place = k;
    if (!into.has(e.target)) into.set(e.target, []);
    if (!outOf.has(e.source)) outOf.set(e.source, []);
    into.get(e.target).push(e);
    outOf.get(e.source).push(e);
  });

  // -- the steps: every value forward, then every vector-Jacobian product backward ---------------------------
  const steps = [{ kind: "start" }];
  for (const v of data.vertices) if (v.kind !== "cut") steps.push({ kind: "forward", vertex: v });
  if (data.differentiable) {
    steps.push({ kind: "seed", vertex: byNumber.get(data.result) });
    for (const v of [...data.vertices].reverse())
      for (const e of into.get(v.number) || [])
        if (e.contribution !== null) steps.push({ kind: "backward", edge: e });
  }
  let step = steps.length - 1;
  let chosen = data.result;
  let zoom = 0;
  const collapsed = new Set();

  // -- modules ---------------------------------------------------------------------------------------------
  const prefixes = (scope) => {
    const parts = scope ? scope.split("/") : [];
    return parts.map((_, k) => parts.slice(0, k + 1).join("/"));
  };
  const sizes = new Map();
  for (const v of data.vertices) for (const p of prefixes(v.scope)) sizes.set(p, (sizes.get(p) || 0) + 1);
  const scopes = [...sizes.keys()].filter((s) => sizes.get(s) > 1);
  const isScope = new Set(scopes);
  const groupOf = (v) => prefixes(v.scope).find((p) => collapsed.has(p) && isScope.has(p)) || null;
  const depthOf = (scope) => scope.split("/").length;
  const collapseTo = (depth) => {
    collapsed.clear();
    for (const s of scopes) if (depthOf(s) >= depth) collapsed.add(s);
  };
  const countVisible = () => new Set(data.vertices.map((v) => groupOf(v) || v.number)).size;
  const deepest = Math.max(0, ...scopes.map(depthOf));
  const MOST_OPEN = 60;
  if (data.vertices.length > MOST_OPEN && scopes.length) {
    for (let depth = deepest; depth >= 1; depth--) {
      collapseTo(depth);
      if (countVisible() <= MOST_OPEN) break;
    }
  }

  // -- what is on the page: boxes for vertices and collapsed modules, edges between them ----------------------
  let boxes = new Map(), edgesShown = [];
  const keyOf = (v) => groupOf(v) || "n" + v.number;
  function collect() {
    boxes = new Map();
    for (const v of data.vertices) {
      const group = groupOf(v);
      const key = keyOf(v);
      if (!boxes.has(key)) boxes.set(key, { key, group, members: [], vertex: group ? null : v });
      boxes.get(key).members.push(v);
    }
    const seen = new Map();
    edgesShown = [];
    for (const e of data.edges) {
      const a = keyOf(byNumber.get(e.source)), b = keyOf(byNumber.get(e.target));
      if (a === b) continue;
      const both = a + " " + b;
      if (!seen.has(both)) {
        seen.set(both, { a, b, edges: [] });
        edgesShown.push(seen.get(both));
      }
      seen.get(both).edges.push(e);
    }
  }

  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (text, bold) => {
    pen.font = (bold ? "700 " : "") + "12px system-ui, sans-serif";
    return pen.measureText(text).width;
  };
  const shorten = (text) => (text.length > 40 ? text.slice(0, 39) + "…" : text);

  function linesOf(box) {
    if (box.group) return [shorten(box.group), box.members.length + " nodes, collapsed"];
    const v = box.vertex;
    if (v.kind === "cut") return [v.title];
    const out = [shorten(v.title)];
    if (v.form) out.push(shorten(v.form));
    if (v.value !== null) out.push(shorten("= " + v.value));
    if (v.gradient !== null) out.push(shorten("gradient " + v.gradient));
    return out;
  }

  // -- layout, by dagre --------------------------------------------------------------------------------------
  let picture = { width: 0, height: 0 };
  const NS = "http://www.w3.org/2000/svg";
  function make(name, attributes, parent) {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (parent) parent.appendChild(element);
    return element;
  }

  function draw() {
    collect();
    const nested = scopes.length > 0 && boxes.size <= 150;
    const g = new dagre.graphlib.Graph({ compound: nested, multigraph: false });
    g.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 32, marginx: 12, marginy: 12, ranker: boxes.size > 300 ? "longest-path" : "network-simplex" });
    g.setDefaultEdgeLabel(() => ({}));
    for (const box of boxes.values()) {
      box.lines = linesOf(box);
      box.width = Math.max(60, ...box.lines.map((t, k) => widthOf(t, k === 0))) + 24;
      box.height = box.lines.length * 16 + 12;
      g.setNode(box.key, { width: box.width, height: box.height });
    }
    if (nested) {
      for (const box of boxes.values()) {
        const scope = box.members[0].scope;
        const around = prefixes(scope).filter((p) => isScope.has(p) && p !== box.group);
        const open = around.filter((p) => !collapsed.has(p));
        let parent = null;
        for (const p of open) {
          const id = "scope " + p;
          if (!g.hasNode(id)) {
            g.setNode(id, { label: p });
            if (parent) g.setParent(id, parent);
          }
          parent = id;
        }
        if (parent) g.setParent(box.key, parent);
      }
    }
    for (const e of edgesShown) g.setEdge(e.a, e.b, {});
    dagre.layout(g);
    const svg = $("graph");
    svg.textContent = "";
    picture = { width: g.graph().width || 200, height: g.graph().height || 100 };
    svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
    if (nested)
      for (const id of g.nodes()) {
        if (!id.startsWith("scope ")) continue;
        const n = g.node(id);
        const group = make("g", { class: "group" }, svg);
        make("rect", { x: n.x - n.width / 2, y: n.y - n.height / 2, width: n.width, height: n.height, rx: 8 }, group);
        const label = make("text", { x: n.x - n.width / 2 + 8, y: n.y - n.height / 2 + 14, role: "button", tabindex: "0", "aria-label": "Collapse module " + n.label }, group);
        label.textContent = "⊟ " + n.label;
        press(label, () => toggle(n.label));
      }
    for (const e of edgesShown) {
      const points = g.edge(e.a, e.b).points;
      e.path = make("path", { class: "edge", d: smooth(points) }, svg);
      const end = points[points.length - 1], before = points[points.length - 2];
      const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
      e.head = make("path", { class: "head", d: "M0 0L-8 -4L-8 4Z", transform: `translate(${end.x} ${end.y}) rotate(${angle})` }, svg);
    }
    for (const box of boxes.values()) {
      const { x, y } = g.node(box.key);
      const kind = box.group ? "module" : box.vertex.kind;
      const group = make("g", { class: "box " + kind, transform: `translate(${x - box.width / 2} ${y - box.height / 2})`, role: "button", tabindex: "0", "data-key": box.key }, svg);
      box.element = group;
      box.kind = kind;
      make("rect", { width: box.width, height: box.height, rx: kind === "leaf" || kind === "constant" ? 10 : 3 }, group);
      box.texts = box.lines.map((text, k) => {
        const t = make("text", { x: box.width / 2, y: 18 + 16 * k }, group);
        if (k === 0) t.classList.add("title");
        t.textContent = text;
        return t;
      });
      press(group, () => choose(box));
      group.addEventListener("dblclick", () => box.group && toggle(box.group));
      group.addEventListener("keydown", (event) => walk(event, box));
    }
    resize();
    show();
    boxes.get(keyOf(byNumber.get(chosen))).element.scrollIntoView({ block: "center", inline: "center" });
    scrollTo(0, 0);
  }

  function smooth(points) {
    let d = `M${points[0].x} ${points[0].y}`;
    for (let k = 1; k < points.length - 1; k++) {
      const p = points[k], q = points[k + 1];
      const end = k === points.length - 2 ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
      d += `Q${p.x} ${p.y} ${end.x} ${end.y}`;
    }
    if (points.length === 2) d += `L${points[1].x} ${points[1].y}`;
    return d;
  }

  function resize() {
    const room = $("view").clientWidth - 4;
    const scale = zoom || Math.min(1, Math.max(0.45, room / picture.width));
    $("graph").setAttribute("width", picture.width * scale);
    $("graph").setAttribute("height", picture.height * scale);
    return scale;
  }

  function press(element, action) {
    element.addEventListener("click", action);
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        action();
      }
    });
  }

  // Arrow keys go along the edges: up to an input, down to a use, sideways along the row.
  function walk(event, box) {
    const ways = { ArrowUp: (e) => e.b === box.key && e.a, ArrowDown: (e) => e.a === box.key && e.b };
    let next = null;
    if (ways[event.key]) next = edgesShown.map(ways[event.key]).find(Boolean);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const all = [...boxes.keys()];
      next = all[all.indexOf(box.key) + (event.key === "ArrowRight" ? 1 : -1)];
    }
    if (next) {
      event.preventDefault();
      boxes.get(next).element.focus();
      choose(boxes.get(next));
    }
  }

  function toggle(scope) {
    if (collapsed.has(scope)) {
      collapsed.delete(scope);
      // open one level: what is inside stays collapsed
      for (const s of scopes) if (s.startsWith(scope + "/") && depthOf(s) === depthOf(scope) + 1) collapsed.add(s);
    } else collapsed.add(scope);
    draw();
    $("status").textContent = (collapsed.has(scope) ? "Collapsed " : "Opened ") + scope + ": " + boxes.size + " boxes.";
  }

  // -- the state at a step -------------------------------------------------------------------------------------
  function stateAt(index) {
    const values = new Set(), gradients = new Map();
    for (let k = 1; k <= index; k++) {
      const s = steps[k];
      if (s.kind === "forward") values.add(s.vertex.number);
      else if (s.kind === "seed") gradients.set(s.vertex.number, "1");
      else gradients.set(s.edge.source, s.edge.sum);
    }
    return { values, gradients };
  }

  function tell(s) {
    if (s.kind === "start") return "Before the forward pass.";
    if (s.kind === "forward") {
      const v = s.vertex;
      const what = v.kind === "operation" ? ` computes ${v.formula}` : v.kind === "leaf" ? " is given, and gathers a gradient" : " is given";
      return `Forward: ${v.id} ${v.title}${what}${v.value === null ? "" : " = " + v.value}.`;
    }
    if (s.kind === "seed") return `Backward starts: the gradient of ${s.vertex.id} ${s.vertex.title} by itself is 1.`;
    const e = s.edge, from = byNumber.get(e.target), to = byNumber.get(e.source);
    const sum = e.first ? `the gradient of ${to.id} is ${e.sum} so far` : `it is added: the gradient of ${to.id} is now ${e.sum}`;
    return `Backward: ${from.id} ${from.title} sends ${e.contribution} to ${to.id} ${to.title}; ${sum}.`;
  }

  function show() {
    const s = steps[step];
    const { values, gradients } = stateAt(step);
    const atEnd = step === steps.length - 1;
    for (const box of boxes.values()) {
      const list = box.element.classList;
      const done = box.members.some((v) => v.kind === "cut" || values.has(v.number));
      list.toggle("waiting", !done);
      list.toggle("result", box.members.some((v) => v.number === data.result));
      list.toggle("selected", box.members.some((v) => v.number === chosen));
      list.toggle("forward", s.kind === "forward" && box.members.includes(s.vertex));
      const back = s.kind === "seed" ? s.vertex.number : s.kind === "backward" ? s.edge.source : null;
      list.toggle("backward", !atEnd && back !== null && box.members.some((v) => v.number === back));
      if (!box.group && box.vertex.kind !== "cut") {
        const v = box.vertex;
        box.texts.forEach((t, k) => {
          if (box.lines[k].startsWith("= ")) t.textContent = values.has(v.number) ? box.lines[k] : "=";
          if (box.lines[k].startsWith("gradient ")) {
            const g = gradients.get(v.number);
            t.textContent = g === undefined ? "gradient" : shorten("gradient " + g);
          }
        });
      }
      box.element.setAttribute("aria-label", box.group
        ? `Module ${box.group}, ${box.members.length} nodes, collapsed`
        : `${box.vertex.id} ${box.vertex.title}, ${box.vertex.form}` + (box.vertex.value !== null && values.has(box.vertex.number) ? `, value ${box.vertex.value}` : "") + (gradients.has(box.vertex.number) ? `, gradient ${gradients.get(box.vertex.number)}` : ""));
    }
    for (const e of edgesShown) {
      const now = !atEnd && s.kind === "backward" && e.edges.includes(s.edge);
      e.path.classList.toggle("now", now);
      e.head.classList.toggle("now", now);
    }
    $("status").textContent = atEnd && data.differentiable ? "Both passes are done: all values and gradients are shown." : tell(s);
    $("step").value = step;
    $("step").setAttribute("aria-valuetext", tell(s));
    $("count").textContent = `step ${step} of ${steps.length - 1}`;
    $("first").disabled = $("back").disabled = step === 0;
    $("next").disabled = $("last").disabled = atEnd;
    detail(values, gradients);
  }

  function go(to) {
    step = Math.max(0, Math.min(steps.length - 1, to));
    show();
    const s = steps[step];
    const v = s.kind === "backward" ? byNumber.get(s.edge.source) : s.vertex;
    if (v) into_view(boxes.get(keyOf(v)));
  }

  function into_view(box) {
    if (box) box.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // -- the panel of details ------------------------------------------------------------------------------------
  function element(name, text, parent, className) {
    const e = document.createElement(name);
    if (text !== undefined && text !== null) e.textContent = text;
    if (className) e.className = className;
    if (parent) parent.appendChild(e);
    return e;
  }
  function link(v, parent) {
    const b = element("button", `${v.id} ${v.title}`, parent, "plain");
    b.type = "button";
    b.addEventListener("click", () => jump(v));
  }
  function row(list, name, text, id) {
    if (text === null || text === undefined || text === "") return;
    element("dt", name, list);
    const dd = element("dd", null, list);
    const pre = element("pre", text, dd);
    if (id) pre.id = id;
  }

  function detail(values, gradients) {
    const side = $("detail");
    side.textContent = "";
    const v = byNumber.get(chosen);
    const group = groupOf(v);
    if (group) {
      element("h2", `${group}: module`, side);
      const members = boxes.get(group).members;
      element("p", `${members.length} nodes, drawn as one.`, side);
      const open = element("button", "Open this module", side);
      open.id = "open";
      open.addEventListener("click", () => toggle(group));
      const list = element("ul", null, side);
      for (const m of members.slice(0, 200)) link(m, element("li", null, list));
      return;
    }
    element("h2", `${v.id} ${v.title}`, side);
    if (v.kind === "cut") {
      element("p", data.notice, side);
      return;
    }
    const list = element("dl", null, side);
    row(list, "kind", v.kind);
    row(list, "formula", v.formula, "formula");
    row(list, "shape", v.form, "shape");
    const known = values.has(v.number);
    row(list, "value", !known ? "not computed at this step" : v.value_full === null ? "not kept by the graph (give the tensor a name to see it)" : v.value_full, "value");
    if (data.differentiable && v.kind !== "constant") {
      const complete = step === steps.length - 1;
      const g = gradients.get(v.number);
      row(list, "gradient", complete ? v.gradient_full || "0: the result doesn't depend on it" : g === undefined ? "none has arrived yet" : g, "gradient");
    }
    row(list, ".grad held", v.accumulated);
    row(list, "module", v.scope);
    row(list, "line", v.line);
    const ins = into.get(v.number) || [];
    if (ins.length) {
      element("h3", "Made of", side);
      const t = table(side, ["input", "from", "derivative by it", "sends back"]);
      t.id = "inputs";
      for (const e of ins) {
        const tr = element("tr", null, t);
        element("td", e.input, tr);
        link(byNumber.get(e.source), element("td", null, tr));
        element("td", [e.rule, e.local === null || e.local === e.rule ? "" : "= " + e.local].filter(Boolean).join(" "), tr);
        element("td", e.contribution === null ? "" : e.contribution_full, tr);
      }
    }
    const uses = outOf.get(v.number) || [];
    if (uses.length) {
      element("h3", "Used by", side);
      const t = table(side, ["node", "as", "vector-Jacobian product"]);
      t.id = "uses";
      for (const e of uses) {
        const tr = element("tr", null, t);
        link(byNumber.get(e.target), element("td", null, tr));
        element("td", e.input, tr);
        element("td", e.contribution === null ? "none" : e.contribution_full, tr);
      }
      if (uses.filter((e) => e.contribution !== null).length > 1) {
        const tr = element("tr", null, t);
        element("th", "sum", tr);
        element("td", "", tr);
        const td = element("td", v.gradient_full, tr);
        td.id = "sum";
      }
    }
    if (v.saved.length) {
      element("h3", "Saved for backward", side);
      const ul = element("ul", null, side);
      for (const s of v.saved) element("li", s, ul);
    }
    if (v.freed) element("p", "A backward pass has given up what was saved here.", side, "soft");
  }

  function table(parent, heads) {
    const t = element("table", null, element("div", null, parent, "wide"));
    const tr = element("tr", null, element("thead", null, t));
    for (const h of heads) element("th", h, tr).scope = "col";
    return element("tbody", null, t);
  }

  function choose(box) {
    chosen = box.group ? box.members[box.members.length - 1].number : box.vertex.number;
    show();
  }
  function jump(v) {
    let opened = false;
    for (const p of prefixes(v.scope)) opened = collapsed.delete(p) || opened;
    chosen = v.number;
    if (opened) draw();
    else show();
    const box = boxes.get(keyOf(v));
    into_view(box);
    box.element.focus({ preventScroll: true });
  }

  // -- search ------------------------------------------------------------------------------------------------
  function search() {
    const words = $("search").value.trim().toLowerCase();
    const hits = words ? data.vertices.filter((v) => `${v.id} ${v.title} ${v.form} ${v.scope}`.toLowerCase().includes(words)) : [];
    const keys = new Set(hits.map(keyOf));
    for (const box of boxes.values()) box.element.classList.toggle("found", keys.has(box.key));
    $("hits").textContent = words ? `${hits.length} found` : "";
    return hits;
  }
  let hit = 0;
  $("search").addEventListener("input", () => { hit = 0; search(); });
  $("search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const hits = search();
    if (hits.length) {
      jump(hits[hit++ % hits.length]);
      search();
      $("search").focus();
    }
  });

  // -- controls ----------------------------------------------------------------------------------------------
  $("step").max = steps.length - 1;
  $("step").addEventListener("input", () => go(Number($("step").value)));
  $("first").addEventListener("click", () => go(0));
  $("back").addEventListener("click", () => go(step - 1));
  $("next").addEventListener("click", () => go(step + 1));
  $("last").addEventListener("click", () => go(steps.length - 1));
  $("larger").addEventListener("click", () => { zoom = resize() * 1.25; resize(); });
  $("smaller").addEventListener("click", () => { zoom = resize() / 1.25; resize(); });
  $("depth").hidden = $("depth-label").hidden = !scopes.length;
  for (let d = 1; d <= deepest; d++) element("option", `modules to depth ${d}`, $("depth")).value = d;
  element("option", "all open", $("depth")).value = 0;
  $("depth").value = [...collapsed].length ? Math.min(...[...collapsed].map(depthOf)) : 0;
  $("depth").addEventListener("change", () => {
    const d = Number($("depth").value);
    if (d) collapseTo(d);
    else collapsed.clear();
    draw();
  });
  addEventListener("resize", resize);

  const started = performance.now();
  draw();
  document.documentElement.dataset.layout = Math.round(performance.now() - started);
  document.documentElement.dataset.boxes = boxes.size;
})();
