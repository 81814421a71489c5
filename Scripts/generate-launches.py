#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the functions that launch kernels of a fixed number of parameters.

The function for any number has a parameter pack, for which the compiler reports a wrong argument at
the first one and without its type. With a fixed number it names the argument and its type. Run
from the package's root: Scripts/generate-launches.py
"""

import pathlib

FILE = pathlib.Path("Sources/KernelLanguage/Kernels/Device+Launches.swift")
LARGEST = 12


def wrapped(types):
    """Returns types separated by commas, at most six on a line."""
    lines = [", ".join(types[i:i + 6]) for i in range(0, len(types), 6)]
    return lines[0] if len(lines) == 1 else "\n      " + ",\n      ".join(lines) + "\n    "


def launch(count):
    """Returns the function for a number of parameters."""
    names = [f"argument{i}" for i in range(1, count + 1)]
    types = [f"Argument{i}" for i in range(1, count + 1)]
    generics = "".join(f",\n    {type}: KernelParameter" for type in types)
    parameters = "".join(f",\n    _ {name}: {type}" for name, type in zip(names, types))
    passing = "".join(f"    {name}.pass(to: &packed)\n" for name in names)
    noun = "no parameters" if count == 0 else "1 parameter" if count == 1 else f"{count} parameters"
    return (
        f"  /// Runs a kernel of {noun} to its end, as `launch` for any number does.\n"
        f"  @discardableResult\n"
        f"  public func launch<\n    Machine: Architecture{generics}\n  >(\n"
        f"    _ kernel: Kernel<{wrapped(['Machine'] + types)}>,\n"
        f"    grid: Dimensions, block: Dimensions? = nil{parameters}\n"
        f"  ) throws(DeviceError) -> LaunchResult {{\n"
        f"    {'let' if count == 0 else 'var'} packed = LaunchArguments()\n{passing}"
        f"    return try launch(kernel, grid: grid, block: block, passing: packed)\n  }}\n")


FILE.write_text(
    "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
    "// Made by Scripts/generate-launches.py; change that, not this.\n\n"
    "import DeviceRuntime\n\n"
    "// With a fixed number of parameters the compiler says which argument is wrong.\n\n"
    "extension Device {\n" + "\n".join(launch(count) for count in range(LARGEST + 1)) + "}\n")
