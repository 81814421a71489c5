# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks lane instructions: integers with Python's, floats with exact rationals, small formats with ml_dtypes.

Standard input holds cases, a line `= mnemonic results = sources` each, followed by lines of hexadecimal
inputs and results, one for each lane. Disagreements are printed, a few lanes of each case.
"""
import bisect
import math
import struct
import sys
from fractions import Fraction

import ml_dtypes
import numpy as np
import numpy

# ---------------------------------------------------------------- floats

FORMATS = {  # exponent bits, significand bits
    "f16": (5, 10), "bf16": (8, 7), "f32": (8, 23), "f64": (11, 52), "tf32": (8, 10),
}
NAN = {"f16": 0x7FFF, "bf16": 0x7FFF, "f32": 0x7FFFFFFF, "tf32": 0x7FFFE000,
       "f64": 0xFFF8000000000000}

# The operands whose NaN a result in double precision takes, by index, in order of precedence.
STRONGEST = {"div": (0, 1), "fma": (1, 2, 0), "mad": (1, 2, 0)}


class Number:
    """A float: kind is 'nan', 'inf' or 'finite'; negative is the sign, also of zeros."""

    def __init__(self, kind, negative=False, value=Fraction(0)):
        self.kind, self.negative, self.value = kind, negative, value

    @property
    def is_zero(self):
        return self.kind == "finite" and self.value == 0

    def key(self):
        return float("-inf" if self.negative else "inf") if self.kind == "inf" else self.value


def decode(bits, fmt):
    ebits, mbits = FORMATS[fmt]
    if fmt == "tf32":
        bits >>= 13
    fraction = bits & ((1 << mbits) - 1)
    exponent = bits >> mbits & ((1 << ebits) - 1)
    negative = bool(bits >> (mbits + ebits) & 1)
    bias = (1 << (ebits - 1)) - 1
    if exponent == (1 << ebits) - 1:
        return Number("nan") if fraction else Number("inf", negative)
    if exponent == 0:
        value = Fraction(fraction) * pow2(1 - bias - mbits)
    else:
        value = Fraction(fraction + (1 << mbits)) * pow2(exponent - bias - mbits)
    return Number("finite", negative, -value if negative else value)


def pow2(n):
    return Fraction(1 << n) if n >= 0 else Fraction(1, 1 << -n)


def is_nan(bits, fmt):
    return decode(bits, fmt).kind == "nan"


def quieted(bits, fmt):
    return bits | 1 << FORMATS[fmt][1] - 1


def inherited_nan(op, bits):
    """The NaN that arithmetic in double precision makes: an operand's, or its own."""
    order = STRONGEST.get(op, (1, 0))
    heirs = [bits[i] for i in order if i < len(bits) and is_nan(bits[i], "f64")]
    return quieted(heirs[0], "f64") if heirs else NAN["f64"]


def translated_nan(bits, source, destination):
    """A NaN in another format: the same sign, the fraction truncated or padded with zeros, its first bit 1."""
    ebits, mbits = FORMATS[source]
    digits = format(bits & (1 << mbits) - 1, f"0{mbits}b")
    ebits_to, mbits_to = FORMATS[destination]
    fraction = "1" + digits[1:].ljust(mbits_to, "0")[:mbits_to - 1]
    return int(str(bits >> (ebits + mbits) & 1) + "1" * ebits_to + fraction, 2)


def encode(number, fmt, mode="rn", satfinite=False):
    """Rounds to a format, once."""
    ebits, mbits = FORMATS[fmt]
    shift = 13 if fmt == "tf32" else 0
    if number.kind == "nan":
        return NAN[fmt]
    sign = int(number.negative) << (ebits + mbits)
    infinity = ((1 << ebits) - 1) << mbits
    if number.kind == "inf":
        return (sign | (infinity - 1 if satfinite else infinity)) << shift
    x = abs(number.value)
    if x == 0:
        return sign << shift
    bias = (1 << (ebits - 1)) - 1
    exponent = x.numerator.bit_length() - x.denominator.bit_length()
    if pow2(exponent) > x:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    quantum = pow2(exponent - mbits)
    count, rest = divmod(x, quantum)
    up = {"rn": rest * 2 > quantum or (rest * 2 == quantum and count & 1),
          "rna": rest * 2 >= quantum,
          "rz": False,
          "rp": rest > 0 and not number.negative,
          "rm": rest > 0 and number.negative}[mode]
    value = (count + (1 if up else 0)) * quantum
    if value >= pow2(bias + 1):
        away = mode in ("rn", "rna") or mode == ("rm" if number.negative else "rp")
        return (sign | (infinity if away and not satfinite else infinity - 1)) << shift
    if value == 0:
        return sign << shift
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if pow2(exponent) > value:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    mantissa = int(value / pow2(exponent - mbits))
    code = mantissa if mantissa < 1 << mbits else \
        (exponent + bias) << mbits | mantissa - (1 << mbits)
    return (sign | code) << shift


def finite(value, negative=None):
    return Number("finite", value < 0 if negative is None else negative, value)


def add(a, b, mode):
    if "nan" in (a.kind, b.kind):
        return Number("nan")
    if a.kind == "inf" or b.kind == "inf":
        if a.kind == b.kind and a.negative != b.negative:
            return Number("nan")
        return a if a.kind == "inf" else b
    value = a.value + b.value
    if value != 0:
        return finite(value)
    if a.is_zero and b.is_zero and a.negative == b.negative:
        return finite(Fraction(0), a.negative)
    return finite(Fraction(0), mode == "rm")


def negate(a):
    return Number(a.kind, not a.negative, -a.value)


def multiply(a, b):
    negative = a.negative != b.negative
    if "nan" in (a.kind, b.kind):
        return Number("nan")
    if a.kind == "inf" or b.kind == "inf":
        return Number("nan") if a.is_zero or b.is_zero else Number("inf", negative)
    return finite(a.value * b.value, negative)


def divide(a, b):
    negative = a.negative != b.negative
    if "nan" in (a.kind, b.kind) or (a.kind == b.kind == "inf") or (a.is_zero and b.is_zero):
        return Number("nan")
    if a.kind == "inf" or b.is_zero:
        return Number("inf", negative)
    if b.kind == "inf":
        return finite(Fraction(0), negative)
    return finite(a.value / b.value, negative)


def square_root(a):
    if a.kind == "nan" or (a.negative and not a.is_zero):
        return Number("nan")
    if a.kind == "inf" or a.is_zero:
        return a
    scale = 1 << 1400
    scaled = a.value * scale * scale
    root = math.isqrt(scaled.numerator // scaled.denominator)
    if Fraction(root, scale) ** 2 == a.value:
        return finite(Fraction(root, scale))
    return finite(Fraction(2 * root + 1, 2 * scale))  # between two candidates: never a tie


def flush(bits, fmt, yes):
    ebits, mbits = FORMATS[fmt]
    if yes and bits >> mbits & ((1 << ebits) - 1) == 0:
        return bits & (1 << (ebits + mbits))
    return bits


def is_tiny(number, fmt, mode):
    """Whether a number is below the normal ones when it is rounded to their number of digits."""
    bias = (1 << (FORMATS[fmt][0] - 1)) - 1
    if number.kind != "finite" or abs(number.value) >= pow2(1 - bias):
        return False
    # Scaled by 2^bias it is rounded to the same number of digits, and is not subnormal near the limit.
    great = encode(finite(number.value * pow2(bias), number.negative), fmt, mode)
    return decode(great & ~sign_bit(fmt), fmt).value < 2


def saturate(bits, fmt):
    n = decode(bits, fmt)
    if n.kind == "nan" or n.negative or n.is_zero:
        return 0
    if n.kind == "inf" or n.value > 1:
        return encode(finite(Fraction(1)), fmt)
    return bits


def sign_bit(fmt):
    ebits, mbits = FORMATS[fmt]
    return 1 << (ebits + mbits)


def approximate(name, a):
    """The value of a function, from Python's double precision, for single-precision arguments."""
    if a.kind == "nan":
        return None
    x = (-math.inf if a.negative else math.inf) if a.kind == "inf" else float(a.value)
    x = -0.0 if a.is_zero and a.negative else x
    try:
        if name == "sin":
            return math.sin(x) if x else x
        if name == "cos":
            return math.cos(x)
        if name == "tanh":
            return math.tanh(x)
        if name == "lg2":
            return -math.inf if x == 0 else math.log2(x)
        if name == "ex2":
            return math.inf if x > 1100 else 0.0 if x < -1100 else math.pow(2.0, x)
        if name == "rsqrt":
            return (-math.inf if a.negative else math.inf) if x == 0 else 1 / math.sqrt(x)
    except ValueError:
        return None


def from_double(x):
    if x is None or math.isnan(x):
        return Number("nan")
    if math.isinf(x):
        return Number("inf", x < 0)
    return finite(Fraction(x), math.copysign(1, x) < 0)


def widen(bits, fmt):
    """The bits in single precision of a 16-bit float."""
    narrow = np.array([bits], np.uint16).view(np.float16 if fmt == "f16" else ml_dtypes.bfloat16)
    return int(narrow.astype(np.float32).view(np.uint32)[0])


def float_operation(op, fmt, words, bits):
    ftz = "ftz" in words
    mode = next((w for w in words if w in ("rn", "rz", "rm", "rp")), "rn")
    bits = [flush(b, fmt, ftz) for b in bits]
    numbers = [decode(b, fmt) for b in bits]
    a = numbers[0]
    b = numbers[1] if len(numbers) > 1 else None
    if op in ("neg", "abs") and a.kind == "nan":
        return quieted(bits[0], fmt) if fmt == "f64" else NAN[fmt]
    if op == "neg":
        return bits[0] ^ sign_bit(fmt)
    if op == "abs":
        return bits[0] & ~sign_bit(fmt)
    if op == "copysign":
        return bits[0] & sign_bit(fmt) | bits[1] & ~sign_bit(fmt)
    if op in ("min", "max"):
        if "abs" in words and "xorsign" not in words:
            bits = [b & ~sign_bit(fmt) for b in bits]
        return extremum(op, fmt, words, bits)
    if op == "div" and "approx" in words and b.kind == "finite" and abs(b.value) > pow2(126):
        result = Number("nan") if a.kind in ("inf", "nan") else finite(Fraction(0), a.negative != b.negative)
    elif op == "add":
        result = add(a, b, mode)
    elif op == "sub":
        result = add(a, negate(b), mode)
    elif op == "mul":
        result = multiply(a, b)
    elif op in ("fma", "mad"):
        result = add(multiply(a, b), numbers[2], mode)
    elif op == "div":
        result = divide(a, b)
    elif op == "rcp":
        result = divide(finite(Fraction(1)), a)
    elif op == "sqrt":
        result = square_root(a)
    else:
        result = from_double(approximate(op, a))
    if fmt == "f64" and result.kind == "nan":
        return inherited_nan(op, bits)
    encoded = flush(encode(result, fmt, mode), fmt, ftz)
    if ftz and result.kind == "finite" and is_tiny(result, fmt, mode):
        encoded = int(result.negative) and sign_bit(fmt)
    if "sat" in words:
        encoded = saturate(encoded, fmt)
    if "relu" in words and encoded & sign_bit(fmt):
        encoded = 0
    return encoded


def extremum(op, fmt, words, bits):
    numbers = [decode(b, fmt) for b in bits]
    nans = [n.kind == "nan" for n in numbers]
    if all(nans) or (any(nans) and "NaN" in words):
        return quieted(bits[1], fmt) if fmt == "f64" else NAN[fmt]
    sign = (bits[0] ^ bits[-1]) & sign_bit(fmt)
    if "xorsign" in words:
        bits = [b & ~sign_bit(fmt) for b in bits]
    # A NaN is skipped; zeros are ordered by their sign, which the sign bit first does.
    ordered = sorted((b for b, n in zip(bits, nans) if not n),
                     key=lambda b: (decode(b, fmt).key(), 0 if b & sign_bit(fmt) else 1))
    result = ordered[0] if op == "min" else ordered[-1]
    return result | sign if "xorsign" in words else result


# ---------------------------------------------------------------- comparisons

def compare(word, a, b):
    """Compares two numbers, `None` being NaN."""
    unordered = a is None or b is None
    if word == "num":
        return not unordered
    if word == "nan":
        return unordered
    if unordered:
        return word.endswith("u")
    base = {"lo": "lt", "ls": "le", "hi": "gt", "hs": "ge"}.get(word, word[:2])
    return {"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[base]


COMPARISONS = set("eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan".split())


def comparable(bits, kind, ftz):
    if kind in FORMATS:
        n = decode(flush(bits, kind, ftz), kind)
        return None if n.kind == "nan" else n.key()
    return as_integer(bits, kind)


def combine(words, outcome, predicate):
    if "and" in words:
        return outcome and predicate
    if "or" in words:
        return outcome or predicate
    if "xor" in words:
        return outcome != predicate
    return outcome


# ---------------------------------------------------------------- integers

def width_of(kind):
    return int("".join(c for c in kind if c.isdigit()))


def as_integer(bits, kind):
    width = width_of(kind)
    bits &= (1 << width) - 1
    return bits - (1 << width) if kind[0] == "s" and bits >> (width - 1) else bits


def clamp(value, kind):
    width = width_of(kind)
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if kind[0] == "s" else (0, (1 << width) - 1)
    return max(low, min(high, value))


def toward_zero(a, b):
    q = abs(a) // abs(b)
    return -q if (a < 0) != (b < 0) else q


def field(numbers, width):
    """The position and length of a field: all bits of wide integers count, one byte of others."""
    return [n if width == 64 else n % 256 for n in numbers]


def integer_operation(op, kind, words, raw):
    width = width_of(kind)
    ones = (1 << width) - 1
    values = [as_integer(v, kind) for v in raw]
    a = values[0]
    b = values[1] if len(values) > 1 else 0
    c = values[2] if len(values) > 2 else 0
    sat = "sat" in words
    if op in ("add", "sub"):
        r = a + b if op == "add" else a - b
        return clamp(r, kind) if sat else r
    if op in ("mul", "mad"):
        if op == "mul":
            c = 0
        elif "wide" in words:
            c = raw[2]
        if "hi" in words:
            r = (a * b >> width) + c
            return clamp(r, kind) if sat else r
        return a * b + c
    if op == "sad":
        return c + abs(a - b)
    if op in ("div", "rem"):
        if b == 0:
            return ones
        q = toward_zero(a, b)
        return q if op == "div" else a - q * b
    if op == "abs":
        return abs(a)
    if op == "neg":
        return -a
    if op in ("min", "max"):
        r = min(a, b) if op == "min" else max(a, b)
        return max(r, 0) if "relu" in words else r
    if op == "and":
        return a & b
    if op == "or":
        return a | b
    if op == "xor":
        return a ^ b
    if op == "not":
        return ~a
    if op == "cnot":
        return int(a == 0)
    if op == "popc":
        return bin(raw[0]).count("1")
    if op == "clz":
        return width - raw[0].bit_length()
    if op == "bfind":
        x = a if a >= 0 else ~a
        place = x.bit_length() - 1
        return 0xFFFFFFFF if place < 0 else width - 1 - place if "shiftamt" in words else place
    if op == "brev":
        return int(format(raw[0], f"0{width}b")[::-1], 2)
    if op == "shl":
        return a << raw[1] if raw[1] < width else 0
    if op == "shr":
        return a >> min(raw[1], width)
    if op == "bfe":
        position, length = field(raw[1:3], width)
        sign = 0
        if kind[0] == "s" and length:
            sign = raw[0] >> min(position + length - 1, width - 1) & 1
        return sum((raw[0] >> (position + i) & 1 if i < length and position + i < width else sign) << i
                   for i in range(width))
    if op == "bfi":
        position, length = field(raw[2:4], width)
        result = raw[1]
        for i in range(min(length, max(0, width - position))):
            bit = 1 << (position + i)
            result = result & ~bit | (bit if raw[0] >> i & 1 else 0)
        return result
    raise KeyError(op)


PERMUTATIONS = {
    "f4e": [(3, 2, 1, 0), (4, 3, 2, 1), (5, 4, 3, 2), (6, 5, 4, 3)],
    "b4e": [(5, 6, 7, 0), (6, 7, 0, 1), (7, 0, 1, 2), (0, 1, 2, 3)],
    "rc8": [(0,) * 4, (1,) * 4, (2,) * 4, (3,) * 4],
    "ecl": [(3, 2, 1, 0), (3, 2, 1, 1), (3, 2, 2, 2), (3, 3, 3, 3)],
    "ecr": [(0, 0, 0, 0), (1, 1, 1, 0), (2, 2, 1, 0), (3, 2, 1, 0)],
    "rc16": [(1, 0, 1, 0), (3, 2, 3, 2), (1, 0, 1, 0), (3, 2, 3, 2)],
}


def word_operation(op, types, words, raw, immediates):
    a, b = raw[0], raw[1]
    c = raw[2] if len(raw) > 2 else 0
    if op == "lop3":
        table = immediates[0]
        word = sum((table >> ((a >> i & 1) << 2 | (b >> i & 1) << 1 | (c >> i & 1)) & 1) << i
                   for i in range(32))
        return word
    if op == "shf":
        n = min(c, 32) if "clamp" in words else c & 31
        both = b << 32 | a
        return both << n >> 32 if "l" in words else both >> n
    if op == "prmt":
        data = (b << 32 | a).to_bytes(8, "little")
        mode = next((w for w in words if w in PERMUTATIONS), None)
        if mode:
            return int.from_bytes(bytes(data[i] for i in PERMUTATIONS[mode][c & 3]), "big")
        result = 0
        for i in range(4):
            nibble = c >> (4 * i) & 15
            byte = data[nibble & 7]
            result |= ((255 if byte > 127 else 0) if nibble & 8 else byte) << (8 * i)
        return result
    if op == "bmsk":
        if "clamp" in words and a > 31:
            return 0
        start = a & 31
        length = min(b, 32) if "clamp" in words else b & 31
        return sum(1 << i for i in range(start, min(32, start + length)))
    if op == "szext":
        if "clamp" in words and b > 31:
            return a
        n = b & 31
        low = a & ((1 << n) - 1)
        return low - (1 << n) if types[0] == "s32" and n and low >> (n - 1) else low
    if op in ("mul24", "mad24"):
        def low24(x):
            x &= 0xFFFFFF
            return x - (1 << 24) if types[0] == "s32" and x >> 23 else x
        product = low24(a) * low24(b)
        r = as_integer(product >> 16 if "hi" in words else product, types[0])
        if op == "mad24":
            r += as_integer(c, types[0])
        return clamp(r, types[0]) if "sat" in words else r
    if op == "dp4a":
        kinds = [t[0] + "8" for t in types]
        return c + sum(as_integer(a >> 8 * i, kinds[0]) * as_integer(b >> 8 * i, kinds[1])
                       for i in range(4))
    if op == "dp2a":
        first = 2 if "hi" in words else 0
        return c + sum(as_integer(a >> 16 * i, types[0][0] + "16")
                       * as_integer(b >> 8 * (first + i), types[1][0] + "8") for i in range(2))
    raise KeyError(op)


# ---------------------------------------------------------------- conversions

SMALL = {
    "e4m3": (ml_dtypes.float8_e4m3fn, 448.0, 0x7F), "e5m2": (ml_dtypes.float8_e5m2, 57344.0, 0x7F),
    "e2m3": (ml_dtypes.float6_e2m3fn, 7.5, 0x1F), "e3m2": (ml_dtypes.float6_e3m2fn, 28.0, 0x1F),
    "e2m1": (ml_dtypes.float4_e2m1fn, 6.0, 0x7),
}


def number_of(bits, kind, ftz=False):
    if kind in FORMATS:
        return decode(flush(bits, kind, ftz) if kind == "f32" else bits, kind)
    if kind in SMALL:
        bits &= 0x3F if kind in ("e2m3", "e3m2") else 0xFF
        value = numpy.array([bits], numpy.uint8).view(SMALL[kind][0]).astype(numpy.float64)[0]
        return from_double(float(value))
    if kind == "ue8m0":
        return Number("nan") if bits == 255 else finite(pow2(bits - 127))
    return finite(Fraction(as_integer(bits, kind)))


def small(number, kind, words):
    """A value of at most 8 bits, rounded to the nearest by ml_dtypes, clamped to the finite ones."""
    dtype, greatest, nan = SMALL[kind]
    if number.kind == "nan":
        return nan
    sign = -1.0 if number.negative else 1.0
    value = greatest if number.kind == "inf" else min(abs(float(number.value)), greatest)
    return int(numpy.array([math.copysign(value, sign)]).astype(dtype).view(numpy.uint8)[0])


def convert_float(number, kind, words, mode):
    if "relu" in words and number.kind != "nan" and (number.negative or number.is_zero):
        number = finite(Fraction(0), False)
    if "sat" in words:
        if number.kind == "nan" or number.negative or number.is_zero:
            number = finite(Fraction(0), False)
        elif number.kind == "inf" or number.value > 1:
            number = finite(Fraction(1))
    if kind in SMALL:
        return small(number, kind, words)
    if kind == "ue8m0":
        if number.kind == "nan":
            return 255
        if number.kind == "inf" or abs(number.value) > pow2(127) and mode == "rp":
            return 254 if "satfinite" in words else 255
        x = abs(number.value)
        code = 0
        while code < 254 and (pow2(code - 127) < x if mode == "rp" else pow2(code - 126) <= x):
            code += 1
        return code
    bits = encode(number, kind, mode, "satfinite" in words)
    if kind == "f32" and "ftz" in words:
        return bits & sign_bit(kind) if is_tiny(number, kind, mode) else flush(bits, kind, True)
    return bits


def integral(number, words):
    if number.kind != "finite":
        return number
    x = number.value
    if "rni" in words:
        r = round(x)  # ties to even
    elif "rzi" in words:
        r = math.trunc(x)
    elif "rmi" in words:
        r = math.floor(x)
    elif "rpi" in words:
        r = math.ceil(x)
    else:
        return number
    return finite(Fraction(r), number.negative if r == 0 else r < 0)


def random_bits(kind, place, word):
    """The bits of a `cvt.rs` operand that round the value at an index, 0 being the leftmost, from the highest
    bit to the lowest, and their number."""
    bits = [word >> i & 1 for i in range(32)]
    if kind == "f16":
        chosen = range(28, 15, -1) if place == 0 else range(12, -1, -1)
    elif kind == "bf16":
        chosen = range(31, 15, -1) if place == 0 else range(15, -1, -1)
    elif kind == "e2m1":
        chosen = ([*range(8, 16), *range(24, 32)], [*range(31, 23, -1), *range(15, 7, -1)],
                  [*range(0, 8), *range(16, 24)], [*range(23, 15, -1), *range(7, -1, -1)])[place]
    else:
        chosen = (range(16, 32), range(31, 15, -1), range(0, 16), range(15, -1, -1))[place]
    digits = "".join(str(bits[i]) for i in chosen)
    return int(digits, 2), len(digits)


def magnitudes(kind):
    """The finite magnitudes of a format, and the one that would follow the largest."""
    if kind in SMALL:
        codes = numpy.arange(SMALL[kind][2] + 1, dtype=numpy.uint8).view(SMALL[kind][0])
        values = sorted({Fraction(float(v)) for v in codes.astype(numpy.float64) if math.isfinite(v)})
    else:
        top = (1 << FORMATS[kind][0]) - 1 << FORMATS[kind][1]
        values = [decode(code, kind).value for code in range(top)]
    return values + [2 * values[-1] - values[-2]]


MAGNITUDES = {}


def stochastic(number, kind, words, noise, count):
    """A value rounded to one of its neighbors: to the one farther from zero if its distance from the other and the
    random bits add up to a whole step."""
    if number.kind != "finite" or number.value == 0:
        return convert_float(number, kind, words, "rn")
    if kind not in MAGNITUDES:
        MAGNITUDES[kind] = magnitudes(kind)
    steps = MAGNITUDES[kind]
    x = abs(number.value)
    above = bisect.bisect_right(steps, x)
    if above < len(steps):
        near, far = steps[above - 1], steps[above]
        place = math.floor((x - near) / (far - near) * (1 << count))
        x = far if place + noise >= 1 << count else near
    return convert_float(finite(-x if number.negative else x, number.negative), kind, words, "rn")


def convert(words, raw, result_width):
    types = [w for w in words if is_type(w)]
    destination, source = types
    if "rs" in words:
        kind, parts = destination[:-2], int(destination[-1])
        width = 4 if kind == "e2m1" else 16 if kind in FORMATS else 8
        word = 0
        for place in range(parts):
            code = stochastic(decode(raw[place], "f32"), kind, words, *random_bits(kind, place, raw[parts]))
            word = word << width | code
        return word
    mode = next((w for w in words if w in ("rn", "rz", "rm", "rp", "rna")), "rn")
    if destination.endswith("x2"):
        kind = destination[:-2]
        width = 4 if kind == "e2m1" else 16 if kind in FORMATS else 8
        if source == "f32":
            parts = [decode(raw[0], "f32"), decode(raw[1], "f32")]
        else:
            from_kind = source[:-2]
            from_width = 4 if from_kind == "e2m1" else 16 if from_kind in FORMATS else 8
            mask = (1 << from_width) - 1
            parts = [number_of(raw[0] >> from_width & mask, from_kind),
                     number_of(raw[0] & mask, from_kind)]
        high, low = (convert_float(n, kind, words, mode) for n in parts)
        return high << width | low
    bits = raw[0] & (1 << width_of(source)) - 1
    if destination in FORMATS:
        if destination == "f32" and source == "bf16" and len(words) == 2 and (bits & 0x7FFF) > 0x7F80:
            return bits << 16
        if words[:1] == ["rna"] and destination == "tf32" and (bits & 0x7FFFFFFF) > 0x7F800000:
            return (bits & 0xFFFFE000) - (0x2000 if "satfinite" in words else 0)
        if source in FORMATS and is_nan(bits, source) and "f64" in types and "sat" not in words:
            if "ftz" in words and source == "f32":
                bits = NAN["f32"]
            return translated_nan(bits, source, destination)
        ftz = "ftz" in words and destination != "f16"
        return convert_float(integral(number_of(bits, source, ftz), words), destination, words, mode)
    if source not in FORMATS:
        value = as_integer(bits, source)
        value = clamp(value, destination) if "sat" in words else value
    else:
        number = integral(number_of(bits, source, "ftz" in words), words)
        width = width_of(destination)
        if number.kind == "nan":
            value = 1 << (width - 1) if source == "f64" or width == 64 else 0
        elif number.kind == "inf":
            value = clamp(-(1 << 99) if number.negative else 1 << 99, destination)
        else:
            value = clamp(int(number.value), destination)
    return as_integer(value & (1 << width_of(destination)) - 1, destination) & (1 << result_width) - 1


def is_type(word):
    return word == "pred" or word in FORMATS or word in SMALL or word.endswith(("x2", "x4")) or \
        word[0] in "busf" and word[1:].isdigit()


# ---------------------------------------------------------------- instructions

def halves(word):
    return [word & 0xFFFF, word >> 16]


def expected(mnemonic, results, raw, immediates, negated):
    op, *words = mnemonic.split(".")
    if mnemonic.startswith("cvt.pack"):
        kind = next(w for w in words if is_type(w))
        width = width_of(kind)
        a, b = (clamp(as_integer(x, "s32"), kind) & (1 << width) - 1 for x in raw[:2])
        return [(raw[2] << 16 if width == 8 else 0) | a << width | b]
    types = [w for w in words if is_type(w)]
    if op == "cvt":
        return [convert(words, raw, results[0][1])]
    if op in ("set", "setp"):
        return comparison(op, words, types, results, raw, negated)
    if op == "selp":
        return [raw[0] if raw[2] != negated else raw[1]]
    if op == "slct":
        if types[1] == "f32":
            n = decode(flush(raw[2], "f32", "ftz" in words), "f32")
            yes = n.kind != "nan" and (n.is_zero or not n.negative)
        else:
            yes = as_integer(raw[2], "s32") >= 0
        return [raw[0] if yes else raw[1]]
    if op == "testp":
        n = decode(raw[0], types[0])
        ebits, mbits = FORMATS[types[0]]
        tiny = n.kind == "finite" and not n.is_zero and abs(n.value) < pow2(2 - (1 << (ebits - 1)))
        return [int({"finite": n.kind == "finite", "infinite": n.kind == "inf",
                     "number": n.kind != "nan", "notanumber": n.kind == "nan",
                     "normal": n.kind == "finite" and not tiny, "subnormal": tiny}[words[0]])]
    if types[0] == "pred":
        return [{"and": lambda: raw[0] & raw[1], "or": lambda: raw[0] | raw[1],
                 "xor": lambda: raw[0] ^ raw[1], "not": lambda: 1 - raw[0],
                 "mov": lambda: raw[0]}[op]()]
    if op == "mov":
        return move(results, raw, types[0])
    if op == "lop3" and len(raw) > 3:
        word = word_operation(op, types, words, raw, immediates)
        predicate = combine(words, word != 0, raw[3] != negated)
        return [word, int(predicate)] if len(results) > 1 else [int(predicate)]
    if op in ("lop3", "shf", "prmt", "bmsk", "szext", "mul24", "mad24", "dp4a", "dp2a"):
        return [word_operation(op, types, words, raw, immediates)]
    if types[0] in ("u16x2", "s16x2"):
        kind = types[0][:-2]
        low, high = (integer_operation(op, kind, words, parts) & 0xFFFF
                     for parts in zip(*(halves(x) for x in raw)))
        return [high << 16 | low]
    if types[0] == "f32x2":
        low, high = (float_operation(op, "f32", words, list(parts))
                     for parts in zip(*((x & 0xFFFFFFFF, x >> 32) for x in raw)))
        return [high << 32 | low]
    if types[0] in ("f16x2", "bf16x2"):
        kind = types[0][:-2]
        low, high = (float_operation(op, kind, words, list(parts))
                     for parts in zip(*(halves(x) for x in raw)))
        return [high << 16 | low]
    if types[0] == "f32" and len(types) > 1 and op in ("add", "sub", "fma"):
        widened = [widen(x, types[1]) for x in raw[:-1]]
        return [float_operation(op, "f32", words, widened + raw[-1:])]
    if types[0] in FORMATS:
        return [float_operation(op, types[0], words, raw)]
    if op in ("addc", "subc", "madc") or "cc" in words:
        return carrying(op, words, types[0], raw)
    return [integer_operation(op, types[0], words, raw)]


def carrying(op, words, kind, raw):
    """The last source is the old flag; the second result is the new one.

    The flag is the carry of an adder, which subtracts by adding the complement and 1.
    """
    width = width_of(kind)
    mask = (1 << width) - 1
    flag = raw[-1] if op in ("addc", "subc", "madc") else int(op == "sub")
    values = [x & mask for x in raw]
    if op in ("sub", "subc"):
        total = values[0] + (mask - values[1]) + flag
    elif op in ("add", "addc"):
        total = values[0] + values[1] + flag
    else:
        product = as_integer(raw[0], kind) * as_integer(raw[1], kind)
        part = product >> width if "hi" in words else product
        total = (part & mask) + values[2] + flag
    after = int(total > mask) if "cc" in words else raw[-1]
    return [total & mask, after]


def comparison(op, words, types, results, raw, negated):
    word = next(w for w in words if w in COMPARISONS)
    kind = types[-1]
    ftz = "ftz" in words
    predicate = (raw[2] != negated) if len(raw) > 2 else False
    if kind.endswith("x2"):
        outcomes = [compare(word, *(comparable(x, kind[:-2], ftz) for x in parts))
                    for parts in zip(halves(raw[0]), halves(raw[1]))]
    else:
        outcome = compare(word, comparable(raw[0], kind, ftz), comparable(raw[1], kind, ftz))
        outcomes = [outcome, not outcome]
    outcomes = [combine(words, o, predicate) for o in outcomes]
    if op == "setp":
        return [int(o) for o in outcomes[:len(results)]]
    truth = {"u16": 0xFFFF, "u32": 0xFFFFFFFF, "s32": 0xFFFFFFFF, "f32": 0x3F800000,
             "f16": 0x3C00, "bf16": 0x3F80, "f16x2": 0x3C00, "bf16x2": 0x3F80}[types[0]]
    if kind.endswith("x2"):
        if types[0] in ("u32", "s32"):
            truth = 0xFFFF
        return [(truth if outcomes[0] else 0) | (truth << 16 if outcomes[1] else 0)]
    return [truth if outcomes[0] else 0]


def move(results, raw, kind):
    if len(raw) > 1:
        width = width_of(kind) // len(raw)
        return [sum(x << (width * i) for i, x in enumerate(raw))]
    if len(results) > 1:
        width = width_of(kind) // len(results)
        return [raw[0] >> (width * i) & (1 << width) - 1 for i in range(len(results))]
    return raw


def slots(word):
    for mark in "{}|!":
        word = word.replace(mark, ",")
    result = []
    for part in word.split(","):
        if part and part != "_":
            kind, _, width = part.partition("@")
            result.append((kind, int(width) if width else 1 if kind == "pred" else bits_of(kind)))
    return result


def bits_of(kind):
    if kind.endswith("x2"):
        element = kind[:-2]
        if element == "f32":
            return 64
        return 32 if element in FORMATS or element in ("u16", "s16") else 8 if element == "e2m1" else 16
    if kind.endswith("x4"):
        return 16 if kind == "e2m1x4" else 32
    return width_of(kind)


def main():
    mnemonic, results, immediates, negated, complaints, text = "", [], [], 0, 0, ""
    lanes = 0
    for line in sys.stdin:
        if line.startswith("="):
            text = line[2:].strip()
            mnemonic, first, _, *rest = text.split(" ")
            results = slots(first)
            immediates = [int(w[1:]) for w in rest if w.startswith("#")]
            negated = int(any(w.startswith("!") for w in rest))
            complaints = 0
            continue
        if line.startswith("!"):
            print(text, line.strip())
            continue
        values = [int(v, 16) for v in line.split()]
        raw = values[:len(values) - len(results)]
        found = values[len(raw):]
        wanted = [w & (1 << width) - 1 for w, (_, width) in
                  zip(expected(mnemonic, results, raw, immediates, negated), results)]
        lanes += 1
        if found != wanted and complaints < 4:
            complaints += 1
            print(f"{text}: {' '.join(map(hex, raw))} gives {' '.join(map(hex, found))}, "
                  f"expected {' '.join(map(hex, wanted))}")
    if not lanes:
        print("There was nothing to judge.")


main()
