"""A character LSTM: learns a short text by heart, one character after the other, then writes on its own.

The hidden state is carried from one piece of the text to the next, cut from its history (truncated
backpropagation through time), and the gradients' norm is clipped.
"""
import torch
import torch.nn as nn

TEXT = """\
A rushlight is the plainest of lamps. The rush is cut in summer, soaked in water, and peeled but for one thin rib.
The white pith is dried in the sun and drawn through warm fat. It is held aslant in an iron clip, and burns from
end to end in half an hour. The light is small, the cost is next to nothing, and a page can be read by it.
"""

torch.manual_seed(1)
characters = sorted(set(TEXT))
index = {character: i for i, character in enumerate(characters)}
data = torch.tensor([index[character] for character in TEXT])
print(f"{len(data)} characters, {len(characters)} different: {''.join(characters)!r}")


class CharLSTM(nn.Module):
    def __init__(self, vocabulary, embedding=24, hidden=96, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, num_layers=layers, batch_first=True, dropout=0.1)
        self.decoder = nn.Linear(hidden, vocabulary)

    def forward(self, x, state=None):
        output, state = self.lstm(self.embedding(x), state)
        return self.decoder(output), state


def generate(model, start, length, temperature=0.5):
    model.eval()
    written = start
    x = torch.tensor([[index[character] for character in start]])
    state = None
    with torch.no_grad():
        for _ in range(length):
            logits, state = model(x, state)
            probabilities = torch.softmax(logits[0, -1] / temperature, dim=-1)
            x = torch.multinomial(probabilities, num_samples=1).unsqueeze(0)
            written += characters[x.item()]
    model.train()
    return written


# Four strands of the text side by side, read in pieces of 27 characters.
strands, piece = 4, 27
length = len(data) // strands // piece * piece


def cut(text):
    return text[:strands * length].view(strands, length)


model = CharLSTM(len(characters))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
print(model)

for epoch in range(1, 51):
    # The text as a ring, cut at another place every time: any part of it may be the first that a strand reads.
    offset = torch.randint(len(data), (1,)).item()
    inputs, targets = cut(data.roll(-offset)), cut(data.roll(-offset - 1))
    state, total, pieces = None, 0.0, 0
    for start in range(0, length, piece):
        logits, state = model(inputs[:, start:start + piece], state)
        state = tuple(s.detach() for s in state)
        loss = criterion(logits.reshape(-1, len(characters)), targets[:, start:start + piece].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        total += loss.item()
        pieces += 1
    if epoch in (1, 2, 5, 10, 20, 30, 40, 50):
        print(f"epoch {epoch:2}: loss {total / pieces:.3f}, perplexity {2.718281828 ** (total / pieces):.2f}")
    if epoch in (10, 30):
        print("   ", repr(generate(model, "The ", 60)))

print(generate(model, "The rush ", 200))
