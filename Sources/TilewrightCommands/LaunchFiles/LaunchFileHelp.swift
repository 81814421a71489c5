// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The description of launch files in the help of `run`.
///
/// - SeeAlso: `Documentation/LaunchFiles.md` for the complete description.
let launchFileHelp = """
  The launch file is a JSON object:

    {
      "entry": "axpy",
      "grid": 4, "block": [256, 1, 1],
      "arguments": [
        {"f32": 2.5},
        {"buffer": {"from": "x.npy"}},
        {"buffer": {"type": "f32", "count": 1000, "fill": 1, "to": "y.npy"}},
        {"u32": 1000}
      ]
    }

  Its keys:
    grid         blocks: a number, or a list of up to three (required)
    arguments    one for each parameter, in order (required)
    block        threads of a block; required unless the text has .reqntid
    cluster      blocks of a cluster (default: that of the text, or 1)
    sharedBytes  dynamic shared memory of a block (default: 0)
    entry        the kernel (default: the only one)
    target       hopper or blackwell (default: that of .target)
    buffers      an object of named buffers that only tensor maps use

  An argument has one key:
    u8 … u64, s8 … s64, f16, bf16, f32, f64, e4m3, …: a number, "nan", "inf" or "-inf"
    bytes        a list of bytes
    buffer       a buffer, or the name of one defined elsewhere in the file
    tensorMap    a map for tensor copies

  A buffer has: type; count, or shape; fill, a number, "zeros", "nan" or "undefined" (the \
  default); name. Or, instead of type, count and fill: from, a .npy file. Also to, the .npy file \
  to which it is written after the kernel has run. Paths are relative to the launch file's \
  directory.

  A tensor map has: buffer, a name or the position of an argument; extents and box, innermost \
  first; strides, in bytes, for all dimensions but the innermost (default: dense); type (default: \
  the buffer's); elementStrides (default: 1); swizzle, "none", "32B", "64B" or "128B"; fill, \
  "zeros" or "nan"; floats, "exact", "ftz", "tf32" or "tf32.ftz", only for f32.
  """
