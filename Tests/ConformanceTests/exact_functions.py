# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks values of functions in double precision with decimals of 60 digits.

Each line of standard input has a function's name, and in hexadecimal its operands and its value, as
codes of doubles. Values further from the true value than the bound below are printed, and the number
of lines at the end.
"""
import struct
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
getcontext().Emax, getcontext().Emin = 10**6, -10**6

# Far closer than any approximation promises, and no closer than a library's functions are.
BOUND = Decimal(2) ** -50

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")


def double(text):
    return struct.unpack("<d", struct.pack("<Q", int(text, 16)))[0]


def sine(x):
    """The sine by its series, for an angle reduced to near zero."""
    x = x % (2 * PI)
    term = total = x
    k = 1
    while abs(term) > Decimal(10) ** -58:
        term = -term * x * x / ((k + 1) * (k + 2))
        total += term
        k += 2
    return total


def tanh(x):
    if abs(x) < Decimal(10) ** -12:
        return x - x ** 3 / 3
    if abs(x) > 100:
        return Decimal(1).copy_sign(x)
    e = (2 * x).exp()
    return (e - 1) / (e + 1)


FUNCTIONS = {
    "quotient": lambda a, b: a / b,
    "reciprocal": lambda a: 1 / a,
    "squareRoot": lambda a: a.sqrt(),
    "reciprocalSquareRoot": lambda a: 1 / a.sqrt(),
    "sine": sine,
    "cosine": lambda a: sine(a + PI / 2),
    "log2": lambda a: a.ln() / Decimal(2).ln(),
    "exp2": lambda a: (a * Decimal(2).ln()).exp(),
    "hyperbolicTangent": tanh,
}

count = 0
for line in sys.stdin:
    name, *codes = line.split()
    *operands, value = (Decimal(double(code)) for code in codes)
    true = FUNCTIONS[name](*operands)
    # Near a zero of sine or cosine the error of a library's value is that of its reduced angle.
    scale = max(abs(true), Decimal(1)) if name in ("sine", "cosine", "log2") else abs(true)
    if abs(value - true) > BOUND * scale:
        print(name, *operands, "gives", value, "instead of", true)
    count += 1
print(count, "values")
