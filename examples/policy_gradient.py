"""A policy gradient (REINFORCE) finds the way through a small world with a wall and a pit.

    . . . . G     The walker starts at S and may go up, down, left and right; at edges and the wall # it stays.
    . # # . P     The goal G gives +1, the pit P -1 and both end the walk; each step costs 0.02.
    S . . . .

The policy's gradient is the mean of (return - baseline) * grad log pi(action | state) (Williams, 1992).
"""
import torch
import torch.nn as nn
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(5)
WORLD = ["....G", ".##.P", "S...."]
ROWS, COLUMNS = len(WORLD), len(WORLD[0])
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
ARROWS = "^v<>"


class World:
    def reset(self):
        self.place = (2, 0)
        return self.place

    def step(self, action):
        row, column = (self.place[0] + MOVES[action][0], self.place[1] + MOVES[action][1])
        if 0 <= row < ROWS and 0 <= column < COLUMNS and WORLD[row][column] != "#":
            self.place = (row, column)
        here = WORLD[self.place[0]][self.place[1]]
        reward = {"G": 1.0, "P": -1.0}.get(here, 0.0) - 0.02
        return self.place, reward, here in "GP"


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(ROWS * COLUMNS, 32), nn.Tanh(), nn.Linear(32, len(MOVES)))

    def forward(self, place):
        one_hot = torch.zeros(ROWS * COLUMNS)
        one_hot[place[0] * COLUMNS + place[1]] = 1.0
        return Categorical(logits=self.body(one_hot))


def run_episode(policy, world, limit=40):
    place, done = world.reset(), False
    log_probs, entropies, rewards = [], [], []
    while not done and len(rewards) < limit:
        distribution = policy(place)
        action = distribution.sample()
        log_probs.append(distribution.log_prob(action))
        entropies.append(distribution.entropy())
        place, reward, done = world.step(action.item())
        rewards.append(reward)
    return torch.stack(log_probs), torch.stack(entropies), rewards


def discounted(rewards, gamma=0.97):
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + gamma * total
        returns.insert(0, total)
    return torch.tensor(returns)


world, policy = World(), Policy()
optimizer = optim.Adam(policy.parameters(), lr=0.02)
baseline = 0.0
lengths, totals = [], []
for episode in range(1, 301):
    log_probs, entropies, rewards = run_episode(policy, world)
    returns = discounted(rewards)
    loss = -(log_probs * (returns - baseline)).sum() - 0.01 * entropies.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline += 0.05 * (returns[0].item() - baseline)
    lengths.append(len(rewards))
    totals.append(sum(rewards))
    if episode % 50 == 0:
        print(f"episodes {episode - 49:3} to {episode:3}: mean reward {sum(totals[-50:]) / 50:6.3f}, "
              f"mean length {sum(lengths[-50:]) / 50:5.2f}, baseline {baseline:.3f}, "
              f"entropy {entropies.mean().item():.3f}")

print("the likeliest move at each place:")
for row in range(ROWS):
    line = ""
    for column in range(COLUMNS):
        here = WORLD[row][column]
        with torch.no_grad():
            line += " " + (here if here in "GP#" else ARROWS[policy((row, column)).probs.argmax().item()])
    print("   ", line)

place, path, done = world.reset(), [], False
while not done and len(path) < 20:
    with torch.no_grad():
        action = policy(place).probs.argmax().item()
    path.append(ARROWS[action])
    place, reward, done = world.step(action)
print("from S:", " ".join(path), "->", WORLD[place[0]][place[1]])
