// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TensorCoreArithmetic
import TestSupport

/// A program that computes tiles by the text of the model, with fractions, Python's own conversions
/// and the formats of `ml_dtypes`, independently of the code under test.
///
/// Input, in 32-bit words, for each tile: the types of A, B and D, the fraction bits, m, n, k, the
/// shift of D, whether integer sums are clamped, then A, B and D. Output: the new D. The argument
/// is added to the number of fraction bits.
private let productOracle = """
  import math, struct, sys
  from fractions import Fraction
  import ml_dtypes, numpy

  words = struct.unpack('<%dI' % (int(sys.argv[2])), sys.stdin.buffer.read())
  names = ['bf16', 'f16', 'tf32', 'e4m3', 'e5m2', 'e2m3', 'e3m2', 'e2m1', 's8', 'u8', 'b1']
  narrow = dict(
      e4m3=ml_dtypes.float8_e4m3fn, e5m2=ml_dtypes.float8_e5m2, e2m3=ml_dtypes.float6_e2m3fn,
      e3m2=ml_dtypes.float6_e3m2fn, e2m1=ml_dtypes.float4_e2m1fn)
  tables = {name: [float(x) for x in numpy.arange(2 ** bits, dtype=numpy.uint8).view(dtype)]
            for (name, dtype), bits in zip(narrow.items(), [8, 8, 6, 6, 4])}
  least = dict(bf16=-126, tf32=-126, f32=-126, f16=-14, e4m3=-6, e5m2=-14, e2m3=0, e3m2=-2, e2m1=0)

  def value(code, kind):
      if kind in tables: return tables[kind][code]
      if kind == 's8': return code - 256 if code > 127 else code
      if kind in ('u8', 'b1'): return code
      if kind == 's32': return code - 2 ** 32 if code >> 31 else code
      if kind == 'f16': return struct.unpack('<e', struct.pack('<H', code))[0]
      if kind == 'bf16': code <<= 16
      if kind == 'tf32': code = code >> 13 << 13
      return struct.unpack('<f', struct.pack('<I', code))[0]

  def exponent(x, kind):
      return max(math.frexp(x)[1] - 1, least[kind])

  def encode_f16(x):
      try: return struct.unpack('<H', struct.pack('<e', x))[0]
      except OverflowError: return 0xFC00 if x < 0 else 0x7C00

  def encode_f32(x, F):
      sign = 0x80000000 if x < 0 else 0
      if abs(x) >= 2.0 ** 128: return sign | 0x7F800000
      if F < 23 and x and math.isfinite(x):
          e = math.frexp(x)[1] - 1
          x = math.ldexp(math.trunc(math.ldexp(x, F - e)), e - F)
      try: bits = struct.unpack('<I', struct.pack('<f', abs(x)))[0]
      except OverflowError: return sign | 0x7F7FFFFF
      if value(bits, 'f32') > abs(x): bits -= 1
      return sign | bits

  def integers(a, b, d, clamps):
      total = sum(x * y for x, y in zip(a, b)) + d
      if clamps: total = max(-2 ** 31, min(2 ** 31 - 1, total))
      return total % 2 ** 32

  def fused(a, b, d, a_kind, b_kind, d_kind, F, shift):
      terms = [(x * y, exponent(x, a_kind) + exponent(y, b_kind))
               for x, y in zip(a, b) if math.isfinite(x) and math.isfinite(y)]
      specials = [x * y for x, y in zip(a, b) if not (math.isfinite(x) and math.isfinite(y))]
      if math.isfinite(d): terms.append((Fraction(d) / 2 ** shift, exponent(d, d_kind) - shift))
      else: specials.append(d)
      if specials:
          s = sum(specials)
          if math.isnan(s): return 0x7FFF if d_kind == 'f16' else 0x7FFFFFFF
          return encode_f16(s) if d_kind == 'f16' else encode_f32(s, F)
      # No zero sets the exponent: an H100 keeps the least D beside 0 * 2^126.
      terms = [(t, e) for t, e in terms if t != 0]
      if not terms: return 0
      E = max(e for _, e in terms)
      unit = Fraction(2) ** (E - F)
      total = sum(math.trunc(Fraction(t) / unit) for t, _ in terms)
      if total == 0: return 0
      x = math.ldexp(total, E - F)
      if d_kind == 'f32': return encode_f32(x, F)
      code = encode_f16(x)
      return code if code & 0x7FFF else 0

  result, at = [], 0
  def take(n):
      global at
      at += n
      return words[at - n:at]

  while at < len(words):
      a_type, b_type, d_type, F, m, n, k, shift, clamps = take(9)
      F += int(sys.argv[1])
      a_kind, b_kind, d_kind = names[a_type], names[b_type], ['f32', 'f16', 's32'][d_type]
      a = [value(c, a_kind) for c in take(m * k)]
      b = [value(c, b_kind) for c in take(n * k)]
      d = [value(c, d_kind) for c in take(m * n)]
      for i in range(m):
          for j in range(n):
              rows = a[i * k:i * k + k], b[j * k:j * k + k], d[i * n + j]
              result.append(integers(*rows, clamps) if d_kind == 's32'
                            else fused(*rows, a_kind, b_kind, d_kind, F, shift))
  sys.stdout.buffer.write(struct.pack('<%dI' % len(result), *result))
  """

/// Returns D of each tile, for one step without signs, computed by the Python program.
func oracleProducts(_ tiles: [MatrixTile], moreBits: Int = 0) throws -> [UInt32] {
  var words: [UInt32] = []
  for tile in tiles {
    let product = tile.product
    words += [product.a.rawValue, product.b.rawValue, product.accumulator.rawValue]
    for number in [product.fraction_bits, product.m, product.n, product.k, product.d_shift] {
      words.append(UInt32(number))
    }
    words.append(product.saturates ? 1 : 0)
    words += tile.a + tile.b + tile.d
  }
  let input: [UInt8] = words.flatMap { word in
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
  let output = try runPython(
    productOracle, arguments: ["\(moreBits)", "\(words.count)"], input: input)
  return stride(from: 0, to: output.count, by: 4).map { start in
    output[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
