// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TensorCoreArithmetic.h"

#include "Operands.h"

enum {
  /// The number of columns of D that are computed together.
  COLUMNS = 64,
  /// The largest number of rows of A.
  MAXIMUM_M = 128,
};

#define TARGET
#define NAME(x) x##_portable
#include "ScaledLoops.inc.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#include "ScaledLoops.inc.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(x) x##_avx512
#include "ScaledLoops.inc.h"
#endif

/// The loops of one implementation.
typedef struct {
  void (*greatest_exponents)(const int16_t *, int16_t[32][COLUMNS], int16_t[COLUMNS]);
  void (*truncated_sums)(const float *, float[][COLUMNS], const float[COLUMNS], int32_t[COLUMNS]);
  void (*exact_sums)(const int16_t *, int16_t[][COLUMNS], int16_t[COLUMNS]);
} scaled_loops;

/// Returns the loops of an implementation.
static scaled_loops loops_of(tc_path path) {
  scaled_loops result = {greatest_exponents_portable, truncated_sums_portable, exact_sums_portable};
#if defined(__x86_64__)
  if (path == TC_AVX2) {
    result = (scaled_loops){greatest_exponents_avx2, truncated_sums_avx2, exact_sums_avx2};
  }
  if (path == TC_AVX512) {
    result = (scaled_loops){greatest_exponents_avx512, truncated_sums_avx512, exact_sums_avx512};
  }
#endif
  return result;
}

// MARK: Codes

/// A number ±significand * 2^(exponent - fraction bits of its format), or a special value.
typedef struct {
  int significand;
  int exponent;
  bool is_negative;
  bool is_nan;
  bool is_infinite;
} number;

/// Returns the format of a narrow float.
static format format_of(tc_element element) {
  switch (element) {
  case TC_E4M3: return FORMAT_E4M3;
  case TC_E5M2: return FORMAT_E5M2;
  case TC_E2M3: return FORMAT_E2M3;
  case TC_E3M2: return FORMAT_E3M2;
  case TC_E2M1: return FORMAT_E2M1;
  default: __builtin_trap();
  }
}

/// Decodes a narrow float; a zero has TC_ZERO_EXPONENT.
static number decoded(uint8_t code, format format) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const int width = format.exponent_bits + format.fraction_bits;
  const int magnitude = code & ((1 << width) - 1);
  const int field = magnitude >> format.fraction_bits;
  const int fraction = magnitude & ((1 << format.fraction_bits) - 1);
  number result = {};
  result.is_negative = code >> width & 1;
  result.significand = field == 0 ? fraction : fraction | 1 << format.fraction_bits;
  result.exponent = magnitude == 0 ? TC_ZERO_EXPONENT : (field == 0 ? 1 : field) - bias;
  if (format.specials == IEEE_SPECIALS && field == 2 * bias + 1) {
    result.is_nan = fraction != 0;
    result.is_infinite = fraction == 0;
  }
  if (format.specials == ONE_NAN) result.is_nan = magnitude == (1 << width) - 1;
  return result;
}

/// Returns the value of a finite code, as an integer or a fraction of 2^-fraction_bits.
static float value_of(number number, format format) {
  float result = (float)number.significand;
  int exponent = number.significand == 0 ? 0 : number.exponent - format.fraction_bits;
  for (; exponent > 0; exponent--) result *= 2;
  for (; exponent < 0; exponent++) result /= 2;
  return number.is_negative ? -result : result;
}

/// A scale: significand * 2^(exponent - 3), or NaN.
typedef struct {
  int significand;
  int exponent;
  bool is_nan;
} scale;

/// Decodes a scale.
static scale decoded_scale(uint8_t code, tc_scale type) {
  if (type == TC_UE8M0) return (scale){8, code - 127, code == 0xFF};
  const int field = code >> 3 & 0xF;
  const int fraction = code & 7;
  return (scale){
      field == 0 ? fraction : fraction | 8, (field == 0 ? 1 : field) - 7, (code & 0x7F) == 0x7F};
}

/// The old D as a term: ±significand * 2^(exponent - 23).
typedef struct {
  uint32_t significand;
  int exponent;
  bool is_negative;
  bool is_nan;
  bool is_infinite;
} old_element;

/// Decodes an old D.
static old_element decoded_d(uint32_t code) {
  const uint32_t magnitude = code & 0x7FFFFFFF;
  const int field = (int)(magnitude >> 23);
  const uint32_t fraction = magnitude & 0x7FFFFF;
  old_element result = {};
  result.is_negative = code >> 31;
  result.significand = field == 0 ? fraction : fraction | 0x800000;
  result.exponent = magnitude == 0 ? TC_ZERO_EXPONENT : (field == 0 ? 1 : field) - 127;
  result.is_nan = field == 255 && fraction != 0;
  result.is_infinite = field == 255 && fraction == 0;
  return result;
}

/// Returns significand * 2^shift as an integer, truncated.
static int64_t shifted(uint64_t significand, int shift) {
  if (shift >= 0) return (int64_t)(significand << shift);
  return shift > -64 ? (int64_t)(significand >> -shift) : 0;
}

/// Returns the code of total * 2^exponent, truncated to f32.
static uint32_t truncated(int64_t total, int exponent) {
  if (total == 0) return 0;
  const uint64_t magnitude = total < 0 ? (uint64_t)-total : (uint64_t)total;
  return truncate_to_f32(magnitude, exponent) | (total < 0 ? 0x80000000 : 0);
}

/// The result of a sum with a term that is not finite.
static uint32_t special_result(bool is_nan, bool has_positive, bool has_negative) {
  if (is_nan || (has_positive && has_negative)) return 0x7FFFFFFF;
  return has_negative ? 0xFF800000 : 0x7F800000;
}

// MARK: Scaled products

/// Codes of A and B, decoded; infinities and NaNs have the value 0 and SPECIAL_EXPONENT.
typedef struct {
  float a[MAXIMUM_M][32];
  int16_t a_exponents[MAXIMUM_M][32];
  float b[32][COLUMNS];
  int16_t b_exponents[32][COLUMNS];
} scaled_operands;

/// Decodes every code of a format.
static void decode_all(format format, float values[256], int16_t exponents[256]) {
  for (int code = 0; code < 256; code++) {
    const number number = decoded((uint8_t)code, format);
    const bool is_special = number.is_nan || number.is_infinite;
    values[code] = is_special ? 0 : value_of(number, format);
    exponents[code] = (int16_t)(is_special ? SPECIAL_EXPONENT : number.exponent);
  }
}

/// Returns an element with a product or an old D that is not finite.
static uint32_t special_element(
    const tc_scaled_product *product, const uint8_t *a, const uint8_t *b, old_element old,
    bool has_nan) {
  const format a_format = format_of(product->a), b_format = format_of(product->b);
  bool has_positive = old.is_infinite && !old.is_negative;
  bool has_negative = old.is_infinite && old.is_negative;
  has_nan |= old.is_nan;
  for (int k = 0; k < 32; k++) {
    const number x = decoded(a[k], a_format), y = decoded(b[k], b_format);
    if (!(x.is_nan || x.is_infinite || y.is_nan || y.is_infinite)) continue;
    const bool has_zero =
        (!x.is_infinite && x.significand == 0) || (!y.is_infinite && y.significand == 0);
    has_nan |= x.is_nan || y.is_nan || has_zero;
    const bool is_negative =
        (x.is_negative != y.is_negative) != (product->negates_a != product->negates_b);
    has_positive |= !is_negative;
    has_negative |= is_negative;
  }
  return special_result(has_nan, has_positive, has_negative);
}

void tc_multiply_scaled_on(
    tc_path path, const tc_scaled_product *product, const uint8_t *a, const uint8_t *b,
    const uint8_t *a_scales, const uint8_t *b_scales, uint32_t *d) {
  const scaled_loops loops = loops_of(path);
  const bool negates = product->negates_a != product->negates_b;
  float values[256];
  int16_t exponents[256];
  scaled_operands operands;
  decode_all(format_of(product->a), values, exponents);
  for (int row = 0; row < product->m; row++) {
    for (int k = 0; k < 32; k++) {
      const uint8_t code = a[row * 32 + k];
      operands.a[row][k] = negates ? -values[code] : values[code];
      operands.a_exponents[row][k] = exponents[code];
    }
  }
  decode_all(format_of(product->b), values, exponents);
  for (int first = 0; first < product->n; first += COLUMNS) {
    const int columns = product->n - first < COLUMNS ? product->n - first : COLUMNS;
    scale column_scales[COLUMNS] = {};
    for (int column = 0; column < COLUMNS; column++) {
      if (column < columns) {
        column_scales[column] =
            decoded_scale(b_scales[(first + column) * product->scale_count], product->scale);
      }
      for (int k = 0; k < 32; k++) {
        const uint8_t code = column < columns ? b[(first + column) * 32 + k] : 0;
        operands.b[k][column] = values[code];
        operands.b_exponents[k][column] = exponents[code];
      }
    }
    for (int row = 0; row < product->m; row++) {
      int16_t greatest[COLUMNS];
      loops.greatest_exponents(operands.a_exponents[row], operands.b_exponents, greatest);
      const scale a_scale = decoded_scale(a_scales[row * product->scale_count], product->scale);
      uint32_t *elements = d + (size_t)row * (size_t)product->n + first;
      float factors[COLUMNS] = {};
      int64_t totals[COLUMNS];
      int units[COLUMNS];
      bool are_special[COLUMNS];
      for (int column = 0; column < columns; column++) {
        const scale b_scale = column_scales[column];
        const old_element old = decoded_d(product->accumulates ? elements[column] : 0);
        are_special[column] = a_scale.is_nan || b_scale.is_nan || old.is_nan || old.is_infinite
            || greatest[column] > SPECIAL_EXPONENT / 2;
        const int power = a_scale.exponent + b_scale.exponent;
        int exponent = greatest[column] + power;
        if (old.exponent > exponent) exponent = old.exponent;
        units[column] = exponent - TC_FRACTION_BITS;
        // If D is so large that no product contributes, the factor stays zero.
        const int factor = TC_FRACTION_BITS - (exponent - power);
        if (factor > -100 && factor < 120) {
          const uint32_t bits = (uint32_t)(factor + 127) << 23;
          __builtin_memcpy(&factors[column], &bits, sizeof bits);
        }
        const int64_t term =
            shifted(old.significand, old.exponent - 23 - (exponent - TC_FRACTION_BITS));
        totals[column] = old.is_negative ? -term : term;
      }
      for (int half = 0; half < 2; half++) {
        int32_t sums[COLUMNS];
        loops.truncated_sums(&operands.a[row][16 * half], &operands.b[16 * half], factors, sums);
        for (int column = 0; column < columns; column++) totals[column] += sums[column];
      }
      for (int column = 0; column < columns; column++) {
        if (!are_special[column]) {
          elements[column] = truncated(totals[column], units[column]);
          continue;
        }
        const old_element old = decoded_d(product->accumulates ? elements[column] : 0);
        elements[column] = special_element(
            product, a + row * 32, b + (first + column) * 32, old,
            a_scale.is_nan || column_scales[column].is_nan);
      }
    }
  }
}

void tc_multiply_scaled(
    const tc_scaled_product *product, const uint8_t *a, const uint8_t *b, const uint8_t *a_scales,
    const uint8_t *b_scales, uint32_t *d) {
  tc_multiply_scaled_on(tc_fastest_path(), product, a, b, a_scales, b_scales, d);
}

// MARK: Scaled groups

/// Twice the values of e2m1, by code.
static const int16_t doubled_e2m1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Returns the code of an element of a row: even ones are in the low bits of a byte.
static int nibble(const uint8_t *row, int k) { return row[k / 2] >> (k % 2 * 4) & 0xF; }

/// Returns the new D for the exact sums of four groups, in quarters, and their scales.
static uint32_t grouped_element(
    const int sums[4], const scale a_scales[4], const scale b_scales[4], uint32_t d) {
  const old_element old = decoded_d(d);
  int exponent = old.exponent;
  bool has_nan = old.is_nan;
  int64_t significands[4];
  for (int group = 0; group < 4; group++) {
    has_nan |= a_scales[group].is_nan || b_scales[group].is_nan;
    significands[group] =
        (int64_t)sums[group] * a_scales[group].significand * b_scales[group].significand;
    const int power = a_scales[group].exponent + b_scales[group].exponent;
    if (significands[group] != 0 && power > exponent) exponent = power;
  }
  if (has_nan || old.is_infinite) {
    return special_result(has_nan, !old.is_negative, old.is_negative);
  }
  // Quarters, and eighths of each scale: a significand has 8 fraction bits.
  const int unit = exponent - TC_GROUPED_FRACTION_BITS;
  int64_t total = 0;
  for (int group = 0; group < 4; group++) {
    const int64_t significand = significands[group];
    if (significand == 0) continue;
    const int power = a_scales[group].exponent + b_scales[group].exponent;
    const uint64_t magnitude = (uint64_t)(significand < 0 ? -significand : significand);
    const int64_t term = shifted(magnitude, power - 8 - unit);
    total += significand < 0 ? -term : term;
  }
  const int64_t term = shifted(old.significand, old.exponent - 23 - unit);
  total += old.is_negative ? -term : term;
  return truncated(total, unit);
}

void tc_multiply_grouped_on(
    tc_path path, const tc_scaled_product *product, const uint8_t *a, const uint8_t *b,
    const uint8_t *a_scales, const uint8_t *b_scales, uint32_t *d) {
  const scaled_loops loops = loops_of(path);
  const bool negates = product->negates_a != product->negates_b;
  const int count = product->scale_count;
  int16_t b_values[64][COLUMNS];
  for (int first = 0; first < product->n; first += COLUMNS) {
    const int columns = product->n - first < COLUMNS ? product->n - first : COLUMNS;
    scale column_scales[COLUMNS][4] = {};
    for (int column = 0; column < COLUMNS; column++) {
      for (int group = 0; column < columns && group < 4; group++) {
        column_scales[column][group] = decoded_scale(
            b_scales[(first + column) * count + group * count / 4], product->scale);
      }
      for (int k = 0; k < 64; k++) {
        const int code = column < columns ? nibble(b + (first + column) * 32, k) : 0;
        b_values[k][column] = doubled_e2m1[code];
      }
    }
    for (int row = 0; row < product->m; row++) {
      int16_t a_values[64];
      for (int k = 0; k < 64; k++) {
        const int16_t value = doubled_e2m1[nibble(a + row * 32, k)];
        a_values[k] = negates ? (int16_t)-value : value;
      }
      int16_t sums[4][COLUMNS];
      scale row_scales[4];
      for (int group = 0; group < 4; group++) {
        loops.exact_sums(&a_values[16 * group], &b_values[16 * group], sums[group]);
        row_scales[group] =
            decoded_scale(a_scales[row * count + group * count / 4], product->scale);
      }
      uint32_t *elements = d + (size_t)row * (size_t)product->n + first;
      for (int column = 0; column < columns; column++) {
        int column_sums[4];
        for (int group = 0; group < 4; group++) column_sums[group] = sums[group][column];
        elements[column] = grouped_element(
            column_sums, row_scales, column_scales[column],
            product->accumulates ? elements[column] : 0);
      }
    }
  }
}

void tc_multiply_grouped(
    const tc_scaled_product *product, const uint8_t *a, const uint8_t *b, const uint8_t *a_scales,
    const uint8_t *b_scales, uint32_t *d) {
  tc_multiply_grouped_on(tc_fastest_path(), product, a, b, a_scales, b_scales, d);
}
