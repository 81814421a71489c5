#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the operators on device values: one file for each element type.

The operators cannot be generic: one generic operator makes the type checker try every element type
in every expression, which takes it many seconds. Run from the package's root:
Scripts/generate-operators.py
"""

import pathlib

DIRECTORY = pathlib.Path("Sources/KernelLanguage/Operators")

# The operator, its result in words, the method that records it, the opcode and its modifiers.
INTEGER = [
    ("+", "the sum, which wraps around", "sum(with:)", ".add", ["type"]),
    ("-", "the difference, which wraps around", "difference(from:)", ".sub", ["type"]),
    ("*", "the low half of the product", "product(with:)", ".mul", ["lo", "type"]),
    ("/", "the quotient, rounded towards zero", "quotient(by:)", None, None),
    ("%", "the remainder of the quotient", "remainder(by:)", None, None),
    ("&", "the bits that both have", "conjunction(with:)", ".and", ["bits"]),
    ("|", "the bits that one of them has", "disjunction(with:)", ".or", ["bits"]),
    ("^", "the bits that exactly one of them has", "exclusiveDisjunction(with:)", ".xor", ["bits"]),
    ("<<", "the value shifted left", "shiftedLeft(by:)", None, None),
    (">>", "the value shifted right", "shiftedRight(by:)", None, None),
]
FLOAT = [
    ("+", "the sum, rounded to nearest even", "sum(with:)", ".add", ["rn", "type"]),
    ("-", "the difference, rounded to nearest even", "difference(from:)", ".sub", ["rn", "type"]),
    ("*", "the product, rounded to nearest even", "product(with:)", ".mul", ["rn", "type"]),
    ("/", "the quotient, rounded to nearest even", "quotient(by:)", None, None),
]
COMPARISONS = [
    ("==", "the values are equal", "eq"),
    ("!=", "the values differ", "ne"),
    ("<", "the first value is less than the second", "lt"),
    ("<=", "the first value is at most the second", "le"),
    (">", "the first value is greater than the second", "gt"),
    (">=", "the first value is at least the second", "ge"),
]
# IEEE's inequality is true if an operand is not a number; `ne` is not.
FLOAT_WORDS = {"ne": "neu"}
COMPOUND = {"+": "Adds", "-": "Subtracts", "*": "Multiplies by", "/": "Divides by",
            "%": "Takes the remainder by", "&": "Keeps the bits of", "|": "Sets the bits of",
            "^": "Flips the bits of", "<<": "Shifts left by", ">>": "Shifts right by"}

TYPES = [("UInt32", False), ("Int32", False), ("UInt64", False), ("Int64", False),
         ("Float", True), ("Double", True)]


def call(receiver, method, argument):
    """Returns the call of a method with one labelled argument."""
    name, label = method[:-1].split("(")
    return f"{receiver}.{name}({label} {argument})"


def arithmetic(name, host, lift, operator, words, method):
    """Returns the three forms of an arithmetic operator."""
    forms = [
        ("lhs: DeviceValue, rhs: DeviceValue", call("lhs", method, "rhs")),
        (f"lhs: DeviceValue, rhs: {host}", call("lhs", method, f"lhs.{lift}rhs)")),
        (f"lhs: {host}, rhs: DeviceValue", call(f"rhs.{lift}lhs)", method, "rhs")),
    ]
    return "".join(
        f"  /// Returns {words}.\n"
        f"  public static func {operator} ({parameters}) -> DeviceValue {{\n    {body}\n  }}\n\n"
        for parameters, body in forms)


def comparison(name, host, lift, operator, words, word):
    """Returns the three forms of a comparison."""
    forms = [
        ("lhs: DeviceValue, rhs: DeviceValue", "lhs", "rhs"),
        (f"lhs: DeviceValue, rhs: {host}", "lhs", f"lhs.{lift}rhs)"),
        (f"lhs: {host}, rhs: DeviceValue", f"rhs.{lift}lhs)", "rhs"),
    ]
    return "".join(
        f"  /// Returns whether {words}.\n"
        f"  public static func {operator} ({parameters}) -> Predicate {{\n"
        f"    {first}.compared(\"{word}\", with: {second}, {operator})\n  }}\n\n"
        for parameters, first, second in forms)


def compound(name, host, lift, operator, opcode, words):
    """Returns the two forms of an assignment to a variable with an operator."""
    def modifier(word):
        return {"type": f"Modifier({name}.arithmeticType)",
                "bits": f"Modifier({name}.bitsType)"}.get(word, f'"{word}"')
    if opcode:
        modifiers = ", ".join(modifier(word) for word in words)
        body = f"lhs.update({opcode}, [{modifiers}], with: rhs)"
    else:
        body = f"lhs.value = lhs.current {operator} rhs"
    doc = f"  /// {COMPOUND[operator]} a value, in place.\n"
    return (
        f"{doc}  public static func {operator}= (lhs: Variable, rhs: DeviceValue<{name}>) {{\n"
        f"    {body}\n  }}\n\n"
        f"{doc}  public static func {operator}= (lhs: Variable, rhs: {host}) {{\n"
        f"    lhs {operator}= lhs.current.{lift}rhs)\n  }}\n\n")


def assignment(name, host, operator):
    """Returns the two forms of an assignment to an element or another holder of a value."""
    doc = f"  /// {COMPOUND[operator]} a value, in place.\n"
    return "".join(
        f"{doc}  public static func {operator}= (lhs: inout DeviceValue, rhs: {operand}) {{\n"
        f"    lhs = lhs {operator} rhs\n  }}\n\n" for operand in ("DeviceValue", host))


def file(name, is_float):
    """Returns the text of the file for an element type."""
    host = name if is_float else "Int"
    lift = "sameKernel(" if is_float else "sameKernel(integer: "
    operators = FLOAT if is_float else INTEGER
    text = (f"// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
            f"// Made by Scripts/generate-operators.py; change that, not this.\n\n"
            f"import MachineIR\n\nextension DeviceValue where Element == {name} {{\n")
    for operator, words, method, _, _ in operators:
        text += arithmetic(name, host, lift, operator, words, method)
    if is_float:
        text += ("  /// Returns the value with the other sign.\n"
                 "  public static prefix func - (value: DeviceValue) -> DeviceValue {\n"
                 "    value.negated()\n  }\n\n")
    else:
        text += ("  /// Returns the bits that the value does not have.\n"
                 "  public static prefix func ~ (value: DeviceValue) -> DeviceValue {\n"
                 "    value.complement()\n  }\n\n")
    text = text.rstrip("\n") + f"\n}}\n\nextension DeviceValue where Element == {name} {{\n"
    for operator, words, word in COMPARISONS:
        word = FLOAT_WORDS.get(word, word) if is_float else word
        text += comparison(name, host, lift, operator, words, word)
    text = text.rstrip("\n") + f"\n}}\n\nextension DeviceValue where Element == {name} {{\n"
    for operator, _, _, _, _ in operators:
        text += assignment(name, host, operator)
    text = text.rstrip("\n") + f"\n}}\n\nextension Variable where Element == {name} {{\n"
    for operator, _, _, opcode, words in operators:
        text += compound(name, host, lift, operator, opcode, words)
    return text.rstrip("\n") + "\n}\n"


for name, is_float in TYPES:
    (DIRECTORY / f"{name}+Operators.swift").write_text(file(name, is_float))
