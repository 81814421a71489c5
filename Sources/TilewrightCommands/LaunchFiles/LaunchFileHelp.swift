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
    grid         blocks: a number, or a list of up to three (needed)
    arguments    one for each parameter, in order (needed)
    block        threads of a block; needed unless the text has .reqntid
    cluster      blocks of a cluster (default: what the text says, or 1)
    sharedBytes  dynamic shared memory of a block (default: 0)
    entry        the kernel (default: the only one)
    target       hopper or blackwell (default: what .target says)
    buffers      an object of named buffers that only tensor maps point to

  An argument has one key:
    u8 … u64, s8 … s64, f16, bf16, f32, f64, e4m3, …: a number, "nan", "inf" or "-inf"
    bytes        a list of bytes
    buffer       a buffer, or the name of one that is elsewhere in the file
    tensorMap    a map for tensor copies

  A buffer has: type; count, or shape; fill, a number, "zeros", "nan" or "undefined" (the \
  default); name. Or, instead of type, count and fill: from, a .npy file. And to, the .npy file \
  that it is written to when the kernel has run. Paths are from the launch file's directory on.

  A tensor map has: buffer, a name or the position of an argument; extents and box, innermost \
  first; strides, in bytes, for all dimensions but the innermost (default: dense); type (default: \
  the buffer's); elementStrides (default: 1); swizzle, "none", "32B", "64B" or "128B"; fill, \
  "zeros" or "nan"; floats, "exact", "ftz", "tf32" or "tf32.ftz", which is for f32 alone.
  """
