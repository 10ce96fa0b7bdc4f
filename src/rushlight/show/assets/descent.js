"use strict";
// The descent page: one slider moves a mark in every chart, the fitted line, the figures and the table's row.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const NS = "http://www.w3.org/2000/svg";
  const marks = {};
  for (const key of ["surface", "losses"]) {
    const chart = $(key);
    if (!chart) continue;
    const mark = document.createElementNS(NS, "circle");
    mark.setAttribute("class", "mark");
    mark.setAttribute("r", 7);
    chart.appendChild(mark);
    marks[key] = mark;
  }
  const past = $("surface") && $("surface").querySelector(".path");
  const rows = [...document.querySelectorAll("#iterates tbody tr[data-step]")];
  let now = 0;

  function show(k, scroll) {
    now = Math.max(0, Math.min(data.steps.length - 1, k));
    const s = data.steps[now];
    for (const [key, mark] of Object.entries(marks)) {
      mark.setAttribute("cx", s[key][0]);
      mark.setAttribute("cy", s[key][1]);
    }
    if (past) past.setAttribute("points", data.steps.slice(0, now + 1).map((t) => t.surface.join(",")).join(" "));
    if (s.fit) {
      const fitted = $("fitted");
      if (data.line) fitted.setAttribute("points", s.fit.map((p) => p.join(",")).join(" "));
      else fitted.setAttribute("d", s.fit.map((y, i) => `M${data.across[i] - 2} ${y}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0`).join(""));
    }
    $("slider").value = now;
    const text = `step ${s.step}: ` + data.names.map((n, i) => (n === "..." ? n : `${n} = ${s.iterate[i]}`)).join(", ");
    $("slider").setAttribute("aria-valuetext", text);
    $("now").textContent = text;
    $("loss").textContent = s.loss;
    $("gradient").textContent = s.gradient;
    $("seen").textContent = s.factor === null ? "no step yet" : s.factor;
    $("back").disabled = now === 0;
    $("next").disabled = now === data.steps.length - 1;
    rows.forEach((row, i) => {
      if (i === now) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    if (scroll && rows[now]) {
      const box = $("iterates-box");
      box.scrollTop = rows[now].offsetTop - box.clientHeight / 2;
    }
  }

  $("slider").max = data.steps.length - 1;
  $("slider").addEventListener("input", () => show(Number($("slider").value), true));
  $("back").addEventListener("click", () => show(now - 1, true));
  $("next").addEventListener("click", () => show(now + 1, true));
  let playing = 0;
  $("play").addEventListener("click", () => {
    if (playing) {
      clearInterval(playing);
      playing = 0;
      $("play").textContent = "Play";
      return;
    }
    if (now === data.steps.length - 1) show(0, true);
    $("play").textContent = "Pause";
    playing = setInterval(() => {
      show(now + 1, true);
      if (now === data.steps.length - 1) $("play").click();
    }, Math.max(40, Math.min(600, 8000 / data.steps.length)));
  });
  rows.forEach((row, i) => row.addEventListener("click", () => show(i, false)));
  show(0, false);
})();
