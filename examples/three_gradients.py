"""The gradient of L = SSE / 2m in three ways: parameter by parameter, in matrix form, and by backward().

f(x) = w1 x1 + w2 x2 + b. The data are small whole numbers and m is a power of two, so that all three ways are
free of rounding and must agree exactly.
"""
import torch

features = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 4.0], [-2.0, 1.0]])
y = torch.tensor([[5.0], [1.0], [8.0], [-3.0]])
m, d = features.shape

# The column of ones carries the intercept: x^ = (x1, x2, 1), w^ = (w1, w2, b).
X = torch.cat([features, torch.ones(m, 1)], dim=1)
weights = torch.tensor([[2.0], [-1.0], [1.0]], requires_grad=True)

# 1. Parameter by parameter: dL/dw_i = 1/m sum_j (f(x_j) - y_j) x_ji.
by_parameter = []
for i in range(d + 1):
    total = 0.0
    for j in range(m):
        prediction = sum(weights[k, 0].item() * X[j, k].item() for k in range(d + 1))
        total += (prediction - y[j, 0].item()) * X[j, i].item()
    by_parameter.append([total / m])
by_parameter = torch.tensor(by_parameter)

# 2. In matrix form: dL/dw^ = 1/m X^T (X w^ - y).
with torch.no_grad():
    in_matrix_form = torch.mm(X.t(), torch.mm(X, weights) - y) / m

# 3. By backpropagation through the loss.
residual = y - torch.mm(X, weights)
loss = torch.mm(residual.t(), residual) / (2 * m)
loss.backward()

print("loss:", loss)
print("parameter by parameter:", by_parameter.t())
print("in matrix form:        ", in_matrix_form.t())
print("by backward():         ", weights.grad.t())
print("equal:", torch.equal(by_parameter, in_matrix_form), torch.equal(in_matrix_form, weights.grad))
