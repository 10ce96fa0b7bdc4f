"""动态计算图、反向传播与梯度下降: the text's program as its author wrote it, each shown value printed."""
import torch

# 反向传播
x = torch.tensor(1.,requires_grad = True) #requires_grad=True表示x可导
y = x ** 2
y.backward()
# 在y=x**2函数关系基础上,x取值为1时的导数值
print(x.grad)


# 编写一个函数求梯度,默认学习率为0.01,迭代次数为1000次。
def gradDescent(X, y, eps = torch.tensor(0.01, requires_grad = True), numIt = 1000):
    m, n = X.shape
    weights = torch.zeros(n, 1, requires_grad = True)
    for k in range(numIt):
        grad = torch.mm(X.t(), (torch.mm(X, weights) - y))/2
        weights = weights - eps * grad
    return weights


X = torch.tensor([[1.,1],[3, 1]], requires_grad = True)
print(X)

y = torch.tensor([2.,4], requires_grad = True).reshape(2,1)
print(y)

print(gradDescent(X, y))

weights = gradDescent(X, y, numIt = 10000)
print(weights)

print(torch.mm((torch.mm(X,weights)-y).t(), torch.mm(X,weights)-y))
