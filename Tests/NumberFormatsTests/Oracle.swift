// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport

/// The conversions of `ml_dtypes` and `numpy`, run in Python.
enum Oracle {
  /// Returns the values of codes as Floats.
  static func decode(_ codes: [UInt32], as format: FormatUnderTest) throws -> [UInt32] {
    try run("decode", format, littleEndianBytes(of: codes))
  }

  /// Returns the codes that an operation of the script computes from Floats.
  static func encode(
    _ values: [Float], as format: FormatUnderTest, by operation: String
  ) throws -> [UInt32] {
    try run(operation, format, littleEndianBytes(of: values.map(\.bitPattern)))
  }

  /// Returns the codes of the values nearest to Doubles.
  static func encode(_ values: [Double], as format: FormatUnderTest) throws -> [UInt32] {
    try run("nearest64", format, littleEndianBytes(of: values.map(\.bitPattern)))
  }

  /// Runs the script on bytes and returns the 32-bit integers that it writes.
  private static func run(
    _ operation: String, _ format: FormatUnderTest, _ input: [UInt8]
  ) throws -> [UInt32] {
    let output = try runPython(script, arguments: [operation, format.name], input: input)
    return stride(from: 0, to: output.count, by: 4).map { index in
      let low = UInt32(output[index]) | UInt32(output[index + 1]) << 8
      return low | UInt32(output[index + 2]) << 16 | UInt32(output[index + 3]) << 24
    }
  }

  /// Returns the bytes of integers, little-endian.
  private static func littleEndianBytes<Integer: FixedWidthInteger>(
    of integers: [Integer]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(integers.count * Integer.bitWidth / 8)
    for integer in integers {
      for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: integer >> Integer(shift)))
      }
    }
    return bytes
  }

  /// The script: reads 32-bit or 64-bit patterns, writes 32-bit ones.
  private static let script = #"""
    import sys
    import ml_dtypes as ml
    import numpy as np

    np.seterr(all="ignore")
    operation, name = sys.argv[1:]
    types = {
        "bf16": (ml.bfloat16, np.uint16), "f16": (np.float16, np.uint16),
        "e4m3": (ml.float8_e4m3fn, np.uint8), "ue4m3": (ml.float8_e4m3fn, np.uint8),
        "e5m2": (ml.float8_e5m2, np.uint8), "e2m3": (ml.float6_e2m3fn, np.uint8),
        "e3m2": (ml.float6_e3m2fn, np.uint8), "e2m1": (ml.float4_e2m1fn, np.uint8),
        "ue8m0": (ml.float8_e8m0fnu, np.uint8),
    }
    data = sys.stdin.buffer.read()
    low13, sign_bit = np.uint32(0x1FFF), np.uint32(0x80000000)

    def bits(values):
        return values.astype(np.float32).view(np.uint32)

    def nearest(values):
        u = bits(values)
        if name == "tf32":
            rounded = (u + np.uint32(0xFFF) + (u >> np.uint32(13) & np.uint32(1))) & ~low13
            return np.where(np.isnan(values), u & sign_bit | np.uint32(0x7FC00000), rounded)
        dtype, integer = types[name]
        codes = values.astype(dtype).view(integer).astype(np.uint32)
        if name == "ue4m3":
            return np.where(values < 0, np.uint32(0x7F), codes & np.uint32(0x7F))
        return codes

    def decode(codes):
        if name == "tf32":
            return (codes & ~low13).view(np.float32)
        dtype, integer = types[name]
        if name == "ue4m3":
            codes = codes & np.uint32(0x7F)
        if name in ("e2m3", "e3m2", "e2m1"):
            codes = codes & np.uint32({"e2m1": 0xF}.get(name, 0x3F))
        return codes.astype(integer).view(dtype).astype(np.float32)

    def saturating(values):
        if name == "tf32":
            greatest = np.uint32(0x7F7FE000).view(np.float32)
        else:
            greatest = np.float32(ml.finfo(types[name][0]).max)
        if name in ("ue4m3", "ue8m0"):
            values = np.abs(values)
        if name == "ue8m0":
            values = np.maximum(values, np.float32(2.0**-127))
        return nearest(np.clip(values, -greatest, greatest))

    def directed(values, away):
        # From the nearest value one step, where that one lies on the wrong side.
        codes = nearest(values)
        difference = np.abs(decode(codes).astype(np.float64)) - np.abs(values.astype(np.float64))
        step = np.uint32(0x2000 if name == "tf32" else 1)
        further = np.where(away & (difference < 0), codes + step, codes)
        return np.where(~away & (difference > 0), further - step, further)

    def scale(values, up):
        fraction, exponent = np.frexp(np.abs(values).astype(np.float64))
        exponent = exponent - 1 + (up & (fraction > 0.5))
        exponent = np.where(values == 0, -127, exponent)
        exponent = np.where(np.isinf(values), 127, exponent)
        codes = np.clip(exponent, -127, 127) + 127
        return np.where(np.isnan(values), 255, codes)

    def odd(values):
        # To the Float not further from zero, its last bit set if that is not the value itself:
        # whatever has fewer bits can be rounded from there as if from the value.
        near = values.astype(np.float32)
        u = near.view(np.uint32)
        wide = near.astype(np.float64)
        u = np.where(np.abs(wide) > np.abs(values), u - np.uint32(1), u)
        return np.where((wide == values) | np.isnan(values), u, u | np.uint32(1)).view(np.float32)

    if operation == "decode":
        result = bits(decode(np.frombuffer(data, np.uint32)))
    elif operation == "nearest64":
        values = np.frombuffer(data, np.float64)
        result = nearest(odd(values))
        if name == "f16":
            direct = values.astype(np.float16).view(np.uint16)
            same = (direct == result) | np.isnan(values)
            assert same.all(), "numpy rounds Doubles to f16 otherwise than by way of odd Floats"
    else:
        values = np.frombuffer(data, np.float32)
        isNegative = np.signbit(values)
        result = {
            "nearest": lambda: nearest(values),
            "saturating": lambda: saturating(values),
            "towardZero": lambda: directed(values, np.zeros_like(isNegative)),
            "up": lambda: directed(values, ~isNegative),
            "down": lambda: directed(values, isNegative),
            "scaleUp": lambda: scale(values, True),
            "scaleDown": lambda: scale(values, False),
            "tf32Away": lambda: np.where(
                np.isfinite(values), bits(values) + np.uint32(0x1000), bits(values)) & ~low13,
        }[operation]()
    sys.stdout.buffer.write(np.ascontiguousarray(result, dtype=np.uint32).tobytes())
    """#
}
