"""A small GPT learns to sort: it reads six letters and then writes them in order, letter by letter.

A decoder-only transformer as in GPT-2: token and position embeddings, blocks of masked self-attention and a
two-layer perceptron, each after a layer norm and added to what came in; AdamW without decay on biases and norms.
"""
import math

import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(1337)

LETTERS = "abcdefgh"
LENGTH = 6
BLOCK = 2 * LENGTH - 1


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        assert width % heads == 0
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attn_dropout = nn.Dropout(dropout)
        self.resid_dropout = nn.Dropout(dropout)
        self.register_buffer("mask", torch.tril(torch.ones(BLOCK, BLOCK)).view(1, 1, BLOCK, BLOCK))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.qkv(x).split(C, dim=2)
        q, k, v = (t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in (q, k, v))
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf"))
        att = self.attn_dropout(F.softmax(att, dim=-1))
        y = (att @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.resid_dropout(self.proj(y))


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, dropout)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, width=48, heads=4, layers=2, dropout=0.05):
        super().__init__()
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(vocabulary, width),
            wpe=nn.Embedding(BLOCK, width),
            drop=nn.Dropout(dropout),
            h=nn.ModuleList([Block(width, heads, dropout) for _ in range(layers)]),
            ln_f=nn.LayerNorm(width),
        ))
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.transformer.wte.weight = self.lm_head.weight  # one matrix reads and writes
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("proj.weight"):
                torch.nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * layers))

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def configure_optimizer(self, learning_rate, weight_decay):
        decay = [p for p in self.parameters() if p.dim() >= 2]
        no_decay = [p for p in self.parameters() if p.dim() < 2]
        groups = [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.95))

    def forward(self, idx, targets=None):
        pos = torch.arange(0, idx.size(1), dtype=torch.long, device=idx.device)
        x = self.transformer.drop(self.transformer.wte(idx) + self.transformer.wpe(pos))
        for block in self.transformer.h:
            x = block(x)
        logits = self.lm_head(self.transformer.ln_f(x))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, max_new_tokens):
        for _ in range(max_new_tokens):
            logits, _ = self(idx)
            idx = torch.cat((idx, logits[:, -1, :].argmax(dim=-1, keepdim=True)), dim=1)
        return idx


def get_batch(size):
    """Letters followed by the same letters in order; only the sorted half is to be predicted."""
    letters = torch.randint(len(LETTERS), (size, LENGTH))
    both = torch.cat([letters, torch.sort(letters, dim=1)[0]], dim=1)
    x, y = both[:, :-1].clone(), both[:, 1:].clone()
    y[:, :LENGTH - 1] = -1
    return x, y


def word(tokens):
    return "".join(LETTERS[i] for i in tokens)


model = GPT(len(LETTERS))
print(f"number of parameters: {sum(p.numel() for p in model.parameters()):,}")
optimizer = model.configure_optimizer(learning_rate=2e-3, weight_decay=0.1)
steps, warmup = 300, 20
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda step: min((step + 1) / warmup, 0.5 * (1 + math.cos(math.pi * step / steps)))
)

model.train()
for step in range(steps):
    x, y = get_batch(32)
    logits, loss = model(x, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    if step % 50 == 0 or step == steps - 1:
        print(f"step {step:3}: loss {loss.item():.3f}, learning rate {schedule.get_last_lr()[0]:.5f}")

model.eval()
x, y = get_batch(200)
sorted_by_model = model.generate(x[:, :LENGTH], LENGTH)[:, LENGTH:]
right = (sorted_by_model == y[:, LENGTH - 1:]).all(dim=1)
for letters, answer, is_right in list(zip(x[:, :LENGTH], sorted_by_model, right))[:6]:
    print(word(letters), "->", word(answer), "right" if is_right else "wrong")
print(f"sorted without a fault: {right.sum().item()} of {len(right)}")
