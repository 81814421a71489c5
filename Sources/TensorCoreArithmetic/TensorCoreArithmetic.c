// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TensorCoreArithmetic.h"

#include "Operands.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// MARK: One element, exactly

/// Returns 2^exponent, for exponents of normal f64 numbers.
static double power_of_two(int exponent) {
  uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

/// Returns the value of a code of D.
static double d_value(uint32_t d, bool is_f16) {
  if (is_f16) {
    const int field = (d >> 10) & 0x1F;
    const double fraction = (double)(d & 0x3FF);
    double magnitude;
    if (field == 31) {
      magnitude = fraction == 0 ? (double)__builtin_inff() : (double)__builtin_nanf("");
    } else if (field == 0) {
      magnitude = fraction * 0x1p-24;
    } else {
      magnitude = (fraction + 1024) * power_of_two(field - 25);
    }
    return d & 0x8000 ? -magnitude : magnitude;
  }
  float value;
  __builtin_memcpy(&value, &d, sizeof value);
  return (double)value;
}

/// Returns the model's exponent of a finite code of D.
static int d_exponent(uint32_t d, bool is_f16) {
  const uint32_t magnitude = d & (is_f16 ? 0x7FFF : 0x7FFFFFFF);
  if (magnitude == 0) return TC_ZERO_EXPONENT;
  const int field = (int)(magnitude >> (is_f16 ? 10 : 23));
  return (field == 0 ? 1 : field) - (is_f16 ? 15 : 127);
}

/// Returns magnitude * 2^exponent, not zero, truncated to f32, without its sign.
uint32_t truncate_to_f32(uint64_t magnitude, int exponent) {
  const int length = 64 - __builtin_clzll(magnitude);
  const int leading = exponent + length - 1;
  if (leading > 127) return 0x7F800000;
  if (leading < -126) {
    const int shift = -149 - exponent;
    if (shift <= 0) return (uint32_t)(magnitude << -shift);
    return shift < 64 ? (uint32_t)(magnitude >> shift) : 0;
  }
  const uint64_t significand = length > 24 ? magnitude >> (length - 24) : magnitude << (24 - length);
  return ((uint32_t)(leading + 127) << 23) | ((uint32_t)significand & 0x7FFFFF);
}

/// Returns the mask of the bits of an f32 result that a sum with the given fraction bits keeps.
///
/// In subnormal results the other bits are zero anyway: no term has an exponent below -126.
static inline uint32_t result_mask(int fraction_bits) {
  return fraction_bits < 23 ? ~(((uint32_t)1 << (23 - fraction_bits)) - 1) : ~(uint32_t)0;
}

/// Returns magnitude * 2^exponent, not zero, rounded to the nearest f16, ties to even, without its
/// sign.
static uint32_t round_to_f16(uint64_t magnitude, int exponent) {
  const int length = 64 - __builtin_clzll(magnitude);
  const int leading = exponent + length - 1;
  if (leading > 15) return 0x7C00;
  // The exponent of the last bit of the result, if rounding does not carry.
  const int unit = leading < -14 ? -24 : leading - 10;
  const int shift = unit - exponent;
  uint64_t count;
  if (shift <= 0) {
    count = magnitude << -shift;
  } else if (shift > 40) {
    count = 0;
  } else {
    const uint64_t half = (uint64_t)1 << (shift - 1);
    count = magnitude >> shift;
    const uint64_t rest = magnitude - (count << shift);
    if (rest > half || (rest == half && (count & 1))) count += 1;
  }
  // A count of 1024 or more carries into the exponent, possibly up to that of infinity.
  return ((uint32_t)(unit + 24) << 10) + (uint32_t)count;
}

uint32_t exact_element(const block_step *step, int row, int column, uint32_t d) {
  const bool is_f16 = step->accumulator == TC_D_F16;
  const uint32_t sign_bit = is_f16 ? 0x8000 : 0x80000000;
  const uint32_t nan = is_f16 ? 0x7FFF : 0x7FFFFFFF;
  const uint32_t infinity = is_f16 ? 0x7C00 : 0x7F800000;
  const operands *operands = step->operands;
  const float *a = &operands->a[step->row + row][step->first_k];
  const uint32_t *a_exponents = &operands->a_exponents[step->row + row][step->first_k];
  const float *b = &operands->b[step->first_k][step->column + column];
  const int16_t *b_exponents = &operands->b_exponents[step->first_k][step->column + column];

  // Products are exact in f64: 22 bits, exponents from -266 to 256.
  double products[MAXIMUM_K];
  const double old = d_value(d, is_f16) * power_of_two(-step->d_shift);
  int greatest = d_exponent(d, is_f16) - step->d_shift;
  bool is_nan = old != old;
  bool is_positive_infinite = old > 0x1p300;
  bool is_negative_infinite = old < -0x1p300;
  bool is_zero = old == 0;
  for (int k = 0; k < step->k; k++) {
    double product = (double)a[k] * (double)b[k * CHUNK];
    if (step->negates) product = -product;
    products[k] = product;
    is_nan |= product != product;
    is_positive_infinite |= product > 0x1p300;
    is_negative_infinite |= product < -0x1p300;
    is_zero &= product == 0;
    const int exponent = (int16_t)a_exponents[k] + b_exponents[k * CHUNK];
    greatest = exponent > greatest ? exponent : greatest;
  }
  if (is_zero) return 0;
  if (is_nan || (is_positive_infinite && is_negative_infinite)) return nan;
  if (is_positive_infinite) return infinity;
  if (is_negative_infinite) return infinity | sign_bit;

  const double scale = power_of_two(step->fraction_bits - greatest);
  int64_t sum = (int64_t)(old * scale);
  for (int k = 0; k < step->k; k++) sum += (int64_t)(products[k] * scale);
  if (sum == 0) return 0;
  const uint64_t magnitude = sum < 0 ? (uint64_t)-sum : (uint64_t)sum;
  const int exponent = greatest - step->fraction_bits;
  const uint32_t rounded = is_f16
      ? round_to_f16(magnitude, exponent)
      : truncate_to_f32(magnitude, exponent) & result_mask(step->fraction_bits);
  if (is_f16 && rounded == 0) return 0;
  return rounded | (sum < 0 ? sign_bit : 0);
}

void repair_row(
    const block_step *step, int row, int columns, const int32_t *mask, const uint32_t *old_d,
    uint32_t *new_d) {
  for (int column = 0; column < columns; column++) {
    if (mask[column]) new_d[column] = exact_element(step, row, column, old_d[column]);
  }
}

// MARK: Transposition

/// Eight 16-bit codes.
typedef uint16_t codes8 __attribute__((vector_size(16)));
/// Four pairs of 16-bit codes.
typedef uint32_t pairs4 __attribute__((vector_size(16)));
/// Two quadruples of 16-bit codes.
typedef uint64_t quadruples2 __attribute__((vector_size(16)));

/// Interleaves the low halves of two vectors of codes.
#define LOW8(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
/// Interleaves the high halves of two vectors of codes.
#define HIGH8(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
/// Interleaves the low halves of two vectors of pairs.
#define LOW4(x, y) (pairs4) __builtin_shufflevector((pairs4)(x), (pairs4)(y), 0, 4, 1, 5)
/// Interleaves the high halves of two vectors of pairs.
#define HIGH4(x, y) (pairs4) __builtin_shufflevector((pairs4)(x), (pairs4)(y), 2, 6, 3, 7)
/// Joins the low halves of two vectors.
#define LOW2(x, y) __builtin_shufflevector((quadruples2)(x), (quadruples2)(y), 0, 2)
/// Joins the high halves of two vectors.
#define HIGH2(x, y) __builtin_shufflevector((quadruples2)(x), (quadruples2)(y), 1, 3)

/// Transposes 8 rows of 8 codes: row i of the source becomes column i of the result.
static void transpose8(const char *source, size_t stride, uint16_t *result) {
  codes8 rows[8];
  for (size_t i = 0; i < 8; i++) __builtin_memcpy(&rows[i], source + i * stride, sizeof rows[i]);
  codes8 low[4], high[4];
  for (int i = 0; i < 4; i++) {
    low[i] = LOW8(rows[2 * i], rows[2 * i + 1]);
    high[i] = HIGH8(rows[2 * i], rows[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    const codes8 *half = i == 0 ? low : high;
    const pairs4 top_low = LOW4(half[0], half[1]), top_high = HIGH4(half[0], half[1]);
    const pairs4 bottom_low = LOW4(half[2], half[3]), bottom_high = HIGH4(half[2], half[3]);
    const quadruples2 columns[4] = {
        LOW2(top_low, bottom_low), HIGH2(top_low, bottom_low), LOW2(top_high, bottom_high),
        HIGH2(top_high, bottom_high)};
    for (int j = 0; j < 4; j++) __builtin_memcpy(result + (4 * i + j) * CHUNK, &columns[j], 16);
  }
}

/// Transposes codes of 2 bytes: `rows` rows, of `count` codes each, become columns.
static void transpose(
    const char *source, size_t stride, int rows, int count, uint16_t result[CHUNK][CHUNK]) {
  const int whole_rows = rows / 8 * 8, whole_count = count / 8 * 8;
  for (int row = 0; row < whole_rows; row += 8) {
    for (int k = 0; k < whole_count; k += 8) {
      transpose8(source + (size_t)row * stride + (size_t)k * 2, stride, &result[k][row]);
    }
  }
  for (int row = 0; row < rows; row++) {
    for (int k = row < whole_rows ? whole_count : 0; k < count; k++) {
      __builtin_memcpy(&result[k][row], source + (size_t)row * stride + (size_t)k * 2, 2);
    }
  }
}

/// Transposes codes of a byte, and widens them.
static void transpose_bytes(
    const char *source, size_t stride, int rows, int count, uint16_t result[CHUNK][CHUNK]) {
  uint16_t wide[CHUNK][CHUNK];
  for (int row = 0; row < rows; row++) {
    const uint8_t *codes = (const uint8_t *)source + (size_t)row * stride;
    for (int k = 0; k < count; k++) wide[row][k] = codes[k];
  }
  transpose((const char *)wide, sizeof wide[0], rows, count, result);
}

/// Transposes codes of 4 bytes.
static void transpose_words(
    const char *source, size_t stride, int rows, int count, uint32_t result[CHUNK][CHUNK]) {
  for (int row = 0; row < rows; row++) {
    const char *codes = source + (size_t)row * stride;
    for (int k = 0; k < count; k++) __builtin_memcpy(&result[k][row], codes + 4 * k, 4);
  }
}

// MARK: Integers

/// Widens a code of a byte.
static inline uint32_t widened(uint16_t code, bool is_signed) {
  return is_signed ? (uint32_t)(int8_t)code : code;
}

/// Widens the bytes of a chunk; columns beyond the last are zeros.
static void widen_chunk(
    const tc_product *product, const char *a, size_t a_stride, int rows, const char *b,
    size_t b_stride, int columns, int count, integers *result) {
  const bool a_is_signed = product->a == TC_S8, b_is_signed = product->b == TC_S8;
  for (int row = 0; row < rows; row++) {
    const uint8_t *codes = (const uint8_t *)a + (size_t)row * a_stride;
    for (int k = 0; k < count; k++) result->a[row][k] = widened(codes[k], a_is_signed);
  }
  uint16_t codes[CHUNK][CHUNK] = {};
  transpose_bytes(b, b_stride, columns, count, codes);
  for (int k = 0; k < count; k++) {
    for (int column = 0; column < CHUNK; column++) {
      result->b[k][column] = widened(codes[k][column], b_is_signed);
    }
  }
}

/// Copies a chunk of bits, `count` words in each row; columns beyond the last are zeros.
static void take_up_chunk(
    const char *a, size_t a_stride, int rows, const char *b, size_t b_stride, int columns,
    int count, integers *result) {
  for (int row = 0; row < rows; row++) {
    __builtin_memcpy(result->a[row], a + (size_t)row * a_stride, (size_t)count * 4);
  }
  __builtin_memset(result->b, 0, sizeof result->b);
  transpose_words(b, b_stride, columns, count, result->b);
}

// MARK: The implementations

/// Unrolls the next loop, whose count is constant, so that its arrays of vectors become registers.
#define UNROLL _Pragma("clang loop unroll(full)")

#define LANES 4
#define TARGET
#define NAME(x) x##_portable
#if defined(__x86_64__)
#define TRUNCATE(x) ((ints_portable)_mm_cvttps_epi32((__m128)(x)))
#define ANY(x) (_mm_movemask_epi8((__m128i)(x)) != 0)
#elif defined(__aarch64__)
#define TRUNCATE(x) ((ints_portable)vcvtq_s32_f32((float32x4_t)(x)))
#define ANY(x) (vmaxvq_u32((uint32x4_t)(x)) != 0)
#else
/// Four floats converted one by one, those out of range to zero.
static inline int32_t __attribute__((vector_size(16)))
truncate_portable(float __attribute__((vector_size(16))) x) {
  int32_t __attribute__((vector_size(16))) result;
  for (int i = 0; i < 4; i++) result[i] = x[i] > -0x1p31f && x[i] < 0x1p31f ? (int32_t)x[i] : 0;
  return result;
}
#define TRUNCATE(x) truncate_portable(x)
#define ANY(x) (((x)[0] | (x)[1] | (x)[2] | (x)[3]) != 0)
#endif
#include "Kernel.inc.h"

#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#define TRUNCATE(x) ((ints_avx2)_mm256_cvttps_epi32((__m256)(x)))
#define ANY(x) (!_mm256_testz_si256((__m256i)(x), (__m256i)(x)))
#include "Kernel.inc.h"

#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(x) x##_avx512
#define TRUNCATE(x) ((ints_avx512)_mm512_cvttps_epi32((__m512)(x)))
#define ANY(x) (_mm512_test_epi32_mask((__m512i)(x), (__m512i)(x)) != 0)
#include "Kernel.inc.h"
#endif

// MARK: Selection

bool tc_path_is_available(tc_path path) {
  switch (path) {
  case TC_PORTABLE:
    return true;
#if defined(__x86_64__)
  case TC_AVX2:
    return __builtin_cpu_supports("avx2");
  case TC_AVX512:
    return tc_path_is_available(TC_AVX2) && __builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl");
#endif
  default:
    return false;
  }
}

tc_path tc_fastest_path(void) {
  if (tc_path_is_available(TC_AVX512)) return TC_AVX512;
  return tc_path_is_available(TC_AVX2) ? TC_AVX2 : TC_PORTABLE;
}

/// The size of D's elements in bytes.
static size_t accumulator_bytes(tc_accumulator accumulator) {
  return accumulator == TC_D_F16 ? 2 : 4;
}

/// The number of bits of a code.
static size_t element_bits(tc_element element) {
  switch (element) {
  case TC_BF16:
  case TC_F16:
    return 16;
  case TC_TF32:
    return 32;
  case TC_B1:
    return 1;
  default:
    return 8;
  }
}

/// Whether elements are integers or bits.
static bool is_integral(tc_element element) {
  return element == TC_S8 || element == TC_U8 || element == TC_B1;
}

/// Whether a product is supported.
static bool is_known(const tc_product *product) {
  const bool is_bits = product->a == TC_B1 || product->b == TC_B1;
  if (is_integral(product->a) != is_integral(product->b)) return false;
  if ((product->accumulator == TC_D_S32) != is_integral(product->a)) return false;
  if (is_bits) {
    return product->a == product->b && product->k > 0 && product->k % 32 == 0 && product->k <= 256;
  }
  return product->k > 0 && product->k <= MAXIMUM_K;
}

void tc_multiply_accumulate(
    const tc_product *product, const void *a, size_t a_stride, const void *b, size_t b_stride,
    void *d, size_t d_stride) {
  tc_path path = tc_fastest_path();
  // A block of TC_AVX512 is always 32 columns wide.
  if (path == TC_AVX512 && product->n <= 16) path = TC_AVX2;
  tc_multiply_accumulate_on(path, product, a, a_stride, b, b_stride, d, d_stride);
}

/// Multiplies integers or bits.
static void multiply_integers(
    tc_path path, const tc_product *product, const char *a, size_t a_stride, const char *b,
    size_t b_stride, char *d, size_t row_bytes) {
  multiply_integers_function *multiply = multiply_integers_portable;
#if defined(__x86_64__)
  if (path == TC_AVX2) multiply = multiply_integers_avx2;
  if (path == TC_AVX512) multiply = multiply_integers_avx512;
#endif
  const int word_bits = product->a == TC_B1 ? 32 : (int)element_bits(product->a);
  const int k = product->a == TC_B1 ? product->k / 32 : product->k;
  const int steps_at_once = CHUNK / k;
  integers operands;
  for (int row = 0; row < product->m; row += CHUNK) {
    const int rows = product->m - row < CHUNK ? product->m - row : CHUNK;
    for (int column = 0; column < product->n; column += CHUNK) {
      const int columns = product->n - column < CHUNK ? product->n - column : CHUNK;
      char *corner = d + (size_t)row * row_bytes + (size_t)column * 4;
      for (int step = 0; step < product->steps; step += steps_at_once) {
        const int steps =
            product->steps - step < steps_at_once ? product->steps - step : steps_at_once;
        const size_t first_byte = (size_t)step * (size_t)k * (size_t)word_bits / 8;
        const char *a_corner = a + (size_t)row * a_stride + first_byte;
        const char *b_corner = b + (size_t)column * b_stride + first_byte;
        if (product->a == TC_B1) {
          take_up_chunk(
              a_corner, a_stride, rows, b_corner, b_stride, columns, steps * k, &operands);
        } else {
          widen_chunk(
              product, a_corner, a_stride, rows, b_corner, b_stride, columns, steps * k, &operands);
        }
        multiply(
            product, &operands, rows, columns, steps, k, product->accumulates || step > 0, corner,
            row_bytes);
      }
    }
  }
}

/// Multiplies floats.
static void multiply_floats(
    tc_path path, const tc_product *product, const char *a, size_t a_stride, const char *b,
    size_t b_stride, char *d, size_t row_bytes) {
  decode_function *decode = decode_chunk_portable;
  multiply_function *multiply = multiply_portable;
#if defined(__x86_64__)
  if (path == TC_AVX2) {
    decode = decode_chunk_avx2;
    multiply = multiply_avx2;
  } else if (path == TC_AVX512) {
    decode = decode_chunk_avx512;
    multiply = multiply_avx512;
  }
  // All exceptions masked, rounding to nearest, results below the normal range flushed to zero.
  // Flushing changes no result, but avoids the microcode for subnormal products.
  const unsigned environment = _mm_getcsr();
  _mm_setcsr(0x9F80);
#endif
  const size_t d_bytes = accumulator_bytes(product->accumulator);
  const int steps_at_once = CHUNK / product->k;
  operands operands;
  for (int row = 0; row < product->m; row += CHUNK) {
    const int rows = product->m - row < CHUNK ? product->m - row : CHUNK;
    for (int column = 0; column < product->n; column += CHUNK) {
      const int columns = product->n - column < CHUNK ? product->n - column : CHUNK;
      char *corner = d + (size_t)row * row_bytes + (size_t)column * d_bytes;
      for (int step = 0; step < product->steps; step += steps_at_once) {
        const int steps =
            product->steps - step < steps_at_once ? product->steps - step : steps_at_once;
        const size_t first_k = (size_t)step * (size_t)product->k;
        decode(
            product, a + (size_t)row * a_stride + first_k * element_bits(product->a) / 8, a_stride,
            rows, b + (size_t)column * b_stride + first_k * element_bits(product->b) / 8, b_stride,
            columns, steps * product->k, &operands);
        multiply(
            product, &operands, rows, columns, steps, product->accumulates || step > 0,
            step == 0 ? product->d_shift : 0, corner, row_bytes);
      }
    }
  }
#if defined(__x86_64__)
  _mm_setcsr(environment);
#endif
}

void tc_multiply_accumulate_on(
    tc_path path, const tc_product *product, const void *a, size_t a_stride, const void *b,
    size_t b_stride, void *d, size_t d_stride) {
  if (!is_known(product) || !tc_path_is_available(path)) __builtin_trap();
  const size_t row_bytes = d_stride * accumulator_bytes(product->accumulator);
  if (is_integral(product->a)) {
    multiply_integers(path, product, a, a_stride, b, b_stride, d, row_bytes);
  } else {
    multiply_floats(path, product, a, a_stride, b, b_stride, d, row_bytes);
  }
}
