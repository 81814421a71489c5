// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One implementation, as a template: included once for each width of vectors, with
//
// LANES      the number of 32-bit lanes of a vector,
// TARGET     the attribute that lets a function use the instructions,
// NAME(x)    the name of a function or type of this implementation,
// TRUNCATE   converts a vector of f32 to int32 toward zero; any value for lanes out of range,
// ANY        whether any bit of a vector of int32 is set,
//
// and with UNROLL and the functions `transpose`, `transpose_bytes`, `transpose_words` and
// `result_mask` defined.
//
// How it computes. A lane is an element of D; a block is ROWS rows of 2 * LANES elements.
//
// First pass: E, the largest exponent, with 16-bit lanes; one addition and one maximum per product.
//
// Second pass: each product as f32, times 2^(F - E), converted to an integer toward zero, added.
// For -100 <= E <= 120, and F = 25, the largest, this is exactly the model's truncation:
//  * A product of values of at most 11 significant bits has at most 22, so f32 holds it exactly if
//    its exponent is in range. It has |s| < 4 and e <= E <= 120, so it does not overflow.
//  * Multiplication by a power of two, 2^(25 - E) between 2^-95 and 2^125, is exact unless it
//    underflows; it does not overflow, as the result is less than 4 * 2^25.
//  * Where either underflows, to whatever bits, the scaled term is in magnitude at most
//    2^-126 * 2^125 < 1. So is the exact one, and both truncate to 0.
//  * The old D is a term of |s| < 2, treated in the same way.
//  * The sum of 16 products is exact in 32 bits: significands are at most 2047/1024, and
//    16 * 2^25 * (2047/1024)^2 < 2^31. Adding such sums and D can overflow, which is detected.
//
// Last: the integer sum is converted to f32 truncating, and multiplied by 2^(E - F) between 2^-125
// and 2^95, which is exact. u & ~(u >> 24) clears the highest bit that does not fit in 24, so
// that conversion to nearest rounds down; only the steps to f16 depend on the rounding mode,
// for which it is set to nearest.
//
// Lanes with another E, or whose sum overflows, are computed again by exact_element, unless all
// of their terms are zero. Infinities and NaNs have an exponent that makes E too large.

/// Floats, in 32-bit lanes.
typedef float NAME(floats) __attribute__((vector_size(4 * LANES)));
/// Signed integers, in 32-bit lanes.
typedef int32_t NAME(ints) __attribute__((vector_size(4 * LANES)));
/// Unsigned integers, in 32-bit lanes.
typedef uint32_t NAME(words) __attribute__((vector_size(4 * LANES)));
/// Half a vector of 16-bit exponents, or a vector of 16-bit codes of D.
typedef int16_t NAME(half_shorts) __attribute__((vector_size(2 * LANES)));
/// Codes of a byte.
typedef uint8_t NAME(bytes) __attribute__((vector_size(LANES)));
/// 16-bit exponents, of a row of a block.
typedef int16_t NAME(shorts) __attribute__((vector_size(4 * LANES)));

/// Returns a where the mask is all ones and b where it is zero.
TARGET static inline __attribute__((always_inline)) NAME(words)
    NAME(select)(NAME(ints) mask, NAME(words) a, NAME(words) b) {
  return ((NAME(words))mask & a) | (~(NAME(words))mask & b);
}

/// Returns f16 codes as the bits of f32 numbers.
TARGET static inline __attribute__((always_inline)) NAME(words) NAME(widen)(NAME(words) codes) {
  NAME(words) magnitude = codes & 0x7FFF;
  NAME(words) normal = (magnitude << 13) + (112u << 23);
  NAME(words) special = normal + (112u << 23);
  NAME(words) subnormal =
      (NAME(words))(__builtin_convertvector((NAME(ints))magnitude, NAME(floats)) * 0x1p-24f);
  NAME(words) value = NAME(select)((NAME(ints))(magnitude < 0x400), subnormal, normal);
  value = NAME(select)((NAME(ints))(magnitude >= 0x7C00), special, value);
  return value | ((codes & 0x8000) << 16);
}

/// Returns the bits of finite f32 numbers, zero or normal, rounded to nearest even, as f16 codes.
TARGET static inline __attribute__((always_inline)) NAME(words) NAME(narrow)(NAME(words) bits) {
  NAME(words) magnitude = bits & 0x7FFFFFFF;
  NAME(words) normal = ((magnitude + 0xFFF + ((magnitude >> 13) & 1)) >> 13) - (112u << 10);
  normal = NAME(select)((NAME(ints))(magnitude >= 0x47800000), (NAME(words)){} + 0x7C00, normal);
  // The ulp of 0.5 is 2^-24, the quantum of f16, so that this addition rounds as needed.
  NAME(words) subnormal = (NAME(words))((NAME(floats))magnitude + 0.5f) - 0x3F000000;
  NAME(words) value = NAME(select)((NAME(ints))(magnitude < 0x38800000), subnormal, normal);
  // Sums that round to zero become +0, as a sum of zero does.
  return value | ((bits >> 16) & 0x8000 & (NAME(words))(value != 0));
}

/// Loads a vector of codes of the given size in bytes.
TARGET static inline __attribute__((always_inline)) NAME(words)
    NAME(load_codes)(const char *codes, int bytes) {
  if (bytes == 1) {
    NAME(bytes) narrow;
    __builtin_memcpy(&narrow, codes, sizeof narrow);
    return __builtin_convertvector(narrow, NAME(words));
  }
  if (bytes == 2) {
    NAME(half_shorts) shorts;
    __builtin_memcpy(&shorts, codes, sizeof shorts);
    return (NAME(words))__builtin_convertvector(shorts, NAME(ints)) & 0xFFFF;
  }
  NAME(words) words;
  __builtin_memcpy(&words, codes, sizeof words);
  return words;
}

/// Loads a vector of codes of D.
TARGET static inline __attribute__((always_inline)) NAME(words)
    NAME(load_d)(const char *d, int is_f16) {
  return NAME(load_codes)(d, is_f16 ? 2 : 4);
}

/// Stores a vector of codes of D.
TARGET static inline __attribute__((always_inline)) void
    NAME(store_d)(char *d, int is_f16, NAME(words) codes) {
  if (is_f16) {
    NAME(half_shorts) shorts = __builtin_convertvector((NAME(ints))codes, NAME(half_shorts));
    __builtin_memcpy(d, &shorts, sizeof shorts);
  } else {
    __builtin_memcpy(d, &codes, sizeof codes);
  }
}

/// Returns the model's exponents of old elements of D, given as bits of f32 numbers.
TARGET static inline __attribute__((always_inline)) NAME(ints)
    NAME(d_exponents)(NAME(words) bits, int is_f16) {
  NAME(ints) least = (NAME(ints)){} + (is_f16 ? -14 : -126);
  NAME(ints) field = (NAME(ints))((bits >> 23) & 0xFF);
  NAME(ints) exponents = __builtin_elementwise_max(field - 127, least);
  NAME(ints) is_zero = (NAME(ints))((bits & 0x7FFFFFFF) == 0);
  NAME(words) selected = NAME(select)(
      field == 255, (NAME(words)){} + (uint32_t)SPECIAL_EXPONENT, (NAME(words))exponents);
  return (NAME(ints))NAME(select)(
      is_zero, (NAME(words)){} + (uint32_t)TC_ZERO_EXPONENT, selected);
}

/// Returns the mask of those elements of half a row whose terms are all zero, if finite.
TARGET static inline __attribute__((always_inline)) NAME(ints)
    NAME(zeros)(const block_step *step, int row, int half, NAME(words) codes, int is_f16) {
  const operands *operands = step->operands;
  NAME(words) any = codes & (is_f16 ? 0x7FFF : 0x7FFFFFFF);
  for (int k = step->first_k; k < step->first_k + step->k; k++) {
    NAME(words) b;
    __builtin_memcpy(&b, &operands->b[k][step->column + half * LANES], sizeof b);
    any |= operands->a[step->row + row][k] != 0 ? b & 0x7FFFFFFF : (NAME(words)){};
  }
  return (NAME(ints))(any == 0);
}

/// Computes a block of D: `rows` rows, a constant, of 2 * LANES columns.
TARGET static inline __attribute__((always_inline)) void NAME(block)(
    block_step step, int rows, int is_f16, int steps, bool accumulates, char *d, size_t row_bytes) {
  const operands *operands = step.operands;
  const uint32_t kept_bits = result_mask(step.fraction_bits);
  const size_t half_bytes = LANES * (is_f16 ? 2 : 4);
  NAME(words) codes[ROWS][2];
  UNROLL
  for (int row = 0; row < rows; row++) {
    UNROLL
    for (int half = 0; half < 2; half++) {
      codes[row][half] = accumulates
          ? NAME(load_d)(d + (size_t)row * row_bytes + (size_t)half * half_bytes, is_f16)
          : (NAME(words)){};
    }
  }
  for (int s = 0; s < steps; s++) {
    // First pass: the largest exponents of the products.
    NAME(shorts) greatest[ROWS];
    UNROLL
    for (int row = 0; row < rows; row++) greatest[row] = (NAME(shorts)){} + INT16_MIN;
    for (int k = step.first_k; k < step.first_k + step.k; k++) {
      NAME(shorts) b;
      __builtin_memcpy(&b, &operands->b_exponents[k][step.column], sizeof b);
      UNROLL
      for (int row = 0; row < rows; row++) {
        NAME(shorts) a =
            (NAME(shorts))((NAME(words)){} + operands->a_exponents[step.row + row][k]);
        greatest[row] = __builtin_elementwise_max(greatest[row], a + b);
      }
    }

    // The old D as a term, and the scale factors of the terms.
    NAME(ints) exponents[ROWS][2];
    NAME(floats) scales[ROWS][2];
    NAME(ints) d_terms[ROWS][2];
    UNROLL
    for (int row = 0; row < rows; row++) {
      NAME(half_shorts) halves[2];
      __builtin_memcpy(halves, &greatest[row], sizeof halves);
      UNROLL
      for (int half = 0; half < 2; half++) {
        NAME(words) old = is_f16 ? NAME(widen)(codes[row][half]) : codes[row][half];
        NAME(ints) greatest_exponents = __builtin_elementwise_max(
            __builtin_convertvector(halves[half], NAME(ints)),
            NAME(d_exponents)(old, is_f16) - step.d_shift);
        exponents[row][half] = greatest_exponents;
        NAME(words) scale = (NAME(words))(127 + step.fraction_bits - greatest_exponents) << 23;
        NAME(words) d_scale = scale - ((NAME(words)){} + ((uint32_t)step.d_shift << 23));
        d_terms[row][half] = TRUNCATE((NAME(floats))old * (NAME(floats))d_scale);
        scales[row][half] = (NAME(floats))(scale ^ (step.negates ? 0x80000000u : 0u));
      }
    }

    // Second pass: the truncated products, in groups whose sums fit. Sums are added as words, for
    // which overflow is defined.
    NAME(ints) totals[ROWS][2];
    NAME(ints) overflows[ROWS][2];
    UNROLL
    for (int row = 0; row < rows; row++) {
      UNROLL
      for (int half = 0; half < 2; half++) {
        totals[row][half] = d_terms[row][half];
        overflows[row][half] = (NAME(ints)){};
      }
    }
    const int last_k = step.first_k + step.k;
    for (int first_k = step.first_k; first_k < last_k; first_k += GROUP) {
      NAME(ints) sums[ROWS][2];
      UNROLL
      for (int row = 0; row < rows; row++) {
        UNROLL
        for (int half = 0; half < 2; half++) sums[row][half] = (NAME(ints)){};
      }
      const int end = first_k + GROUP < last_k ? first_k + GROUP : last_k;
      for (int k = first_k; k < end; k++) {
        NAME(floats) b[2];
        __builtin_memcpy(b, &operands->b[k][step.column], sizeof b);
        UNROLL
        for (int row = 0; row < rows; row++) {
          float a = operands->a[step.row + row][k];
          UNROLL
          for (int half = 0; half < 2; half++) {
            sums[row][half] += TRUNCATE((b[half] * a) * scales[row][half]);
          }
        }
      }
      UNROLL
      for (int row = 0; row < rows; row++) {
        UNROLL
        for (int half = 0; half < 2; half++) {
          NAME(ints) old = totals[row][half], sum = sums[row][half];
          NAME(ints) total = (NAME(ints))((NAME(words))old + (NAME(words))sum);
          overflows[row][half] |= ((sum ^ total) & (old ^ total)) < 0;
          totals[row][half] = total;
        }
      }
    }

    // Rounding.
    NAME(ints) masks[ROWS][2];
    NAME(ints) any = {};
    NAME(words) results[ROWS][2];
    UNROLL
    for (int row = 0; row < rows; row++) {
      UNROLL
      for (int half = 0; half < 2; half++) {
        NAME(ints) total = totals[row][half];
        NAME(ints) out_of_range =
            (NAME(ints))((NAME(words))(exponents[row][half] + 100) > (NAME(words)){} + 220u);
        masks[row][half] = overflows[row][half] | out_of_range;
        any |= masks[row][half];

        NAME(words) sign = (NAME(words))total & 0x80000000;
        NAME(words) magnitude =
            ((NAME(words))total ^ (NAME(words))(total >> 31)) - (NAME(words))(total >> 31);
        NAME(words) cut = magnitude & ~(magnitude >> 24);
        NAME(floats) rounded = __builtin_convertvector((NAME(ints))cut, NAME(floats));
        NAME(words) unit =
            (NAME(words))(exponents[row][half] + (127 - step.fraction_bits)) << 23;
        NAME(words) bits = (NAME(words))(rounded * (NAME(floats))unit);
        if (is_f16) {
          // The rounding to f16 must still see the bits that were cut off, so they set the last of
          // the 24 bits (a sticky bit). One of the low seven bits that were kept may set it too;
          // but that bit is itself below the 12 bits that decide the rounding, where it only
          // matters whether any bit is set.
          NAME(words) low = magnitude & 0x7F;
          NAME(ints) is_long = (NAME(ints))(magnitude >= (1u << 24));
          bits |= (NAME(words))(is_long & (NAME(ints))(low != 0)) & 1;
          bits = NAME(narrow)(bits | sign);
        } else {
          bits = (bits & kept_bits) | sign;
        }
        results[row][half] = bits;
      }
    }
    if (__builtin_expect(ANY(any), 0)) {
      UNROLL
      for (int row = 0; row < rows; row++) {
        // Terms that are all zero are common in padded or masked matrices. The exponent shows that
        // there is no infinity among them.
        UNROLL
        for (int half = 0; half < 2; half++) {
          NAME(ints) is_zero = NAME(zeros)(&step, row, half, codes[row][half], is_f16)
              & (exponents[row][half] < -100);
          masks[row][half] &= ~is_zero;
          results[row][half] &= ~(NAME(words))is_zero;
        }
        if (!ANY(masks[row][0] | masks[row][1])) continue;
        repair_row(
            &step, row, 2 * LANES, (const int32_t *)masks[row], (const uint32_t *)codes[row],
            (uint32_t *)results[row]);
      }
    }
    UNROLL
    for (int row = 0; row < rows; row++) {
      UNROLL
      for (int half = 0; half < 2; half++) codes[row][half] = results[row][half];
    }
    step.first_k += step.k;
    step.d_shift = 0;
  }
  UNROLL
  for (int row = 0; row < rows; row++) {
    UNROLL
    for (int half = 0; half < 2; half++) {
      NAME(store_d)(
          d + (size_t)row * row_bytes + (size_t)half * half_bytes, is_f16, codes[row][half]);
    }
  }
}

/// Computes a block of D that has at most ROWS rows, and whose columns all exist.
TARGET static void NAME(some_rows)(
    block_step step, int rows, int steps, bool accumulates, char *d, size_t row_bytes) {
  int is_f16 = step.accumulator == TC_D_F16;
  if (rows == ROWS) {
    if (is_f16) {
      NAME(block)(step, ROWS, 1, steps, accumulates, d, row_bytes);
    } else {
      NAME(block)(step, ROWS, 0, steps, accumulates, d, row_bytes);
    }
    return;
  }
  for (int row = 0; row < rows; row++) {
    if (is_f16) {
      NAME(block)(step, 1, 1, steps, accumulates, d, row_bytes);
    } else {
      NAME(block)(step, 1, 0, steps, accumulates, d, row_bytes);
    }
    step.row += 1;
    d += row_bytes;
  }
}

/// Multiplies a decoded chunk.
TARGET static void NAME(multiply)(
    const tc_product *product, const operands *operands, int rows, int columns, int steps,
    bool accumulates, int d_shift, char *d, size_t row_bytes) {
  const size_t element_bytes = product->accumulator == TC_D_F16 ? 2 : 4;
  for (int column = 0; column < columns; column += 2 * LANES) {
    const int width = columns - column < 2 * LANES ? columns - column : 2 * LANES;
    for (int row = 0; row < rows; row += ROWS) {
      const int height = rows - row < ROWS ? rows - row : ROWS;
      block_step step = {
          operands, row, column, 0, product->k, product->accumulator, product->fraction_bits,
          d_shift, product->negates_a != product->negates_b};
      char *corner = d + (size_t)row * row_bytes + (size_t)column * element_bytes;
      if (width == 2 * LANES) {
        NAME(some_rows)(step, height, steps, accumulates, corner, row_bytes);
        continue;
      }
      // The block is wider than D, so it is computed in a copy.
      char copy[ROWS][2 * LANES * 4] = {};
      const size_t width_bytes = (size_t)width * element_bytes;
      for (int i = 0; accumulates && i < height; i++) {
        __builtin_memcpy(copy[i], corner + (size_t)i * row_bytes, width_bytes);
      }
      NAME(some_rows)(step, height, steps, accumulates, copy[0], sizeof copy[0]);
      for (int i = 0; i < height; i++) {
        __builtin_memcpy(corner + (size_t)i * row_bytes, copy[i], width_bytes);
      }
    }
  }
}

/// Returns the values of codes, as the bits of f32 numbers, and their exponents in the model.
TARGET static inline __attribute__((always_inline)) NAME(words)
    NAME(decode)(NAME(words) codes, format format, NAME(ints) *exponents) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const int width = format.exponent_bits + format.fraction_bits;
  const uint32_t greatest = ((uint32_t)1 << width) - 1;
  codes &= format.mask;
  NAME(words) magnitude = codes & greatest;
  NAME(ints) field = (NAME(ints))(magnitude >> format.fraction_bits);
  NAME(ints) is_special = {};
  if (format.specials == IEEE_SPECIALS) is_special = field == 2 * bias + 1;
  if (format.specials == ONE_NAN) is_special = (NAME(ints))(magnitude == greatest);
  NAME(ints) unbiased = __builtin_elementwise_max(field, (NAME(ints)){} + 1) - bias;
  NAME(words) selected = NAME(select)(
      (NAME(ints))(magnitude == 0), (NAME(words)){} + (uint32_t)TC_ZERO_EXPONENT,
      (NAME(words))unbiased);
  *exponents = (NAME(ints))NAME(select)(
      is_special, (NAME(words)){} + (uint32_t)SPECIAL_EXPONENT, selected);
  // With the exponent field of f32 the code is the number, but for its unused low bits.
  if (format.exponent_bits == 8) return codes << (31 - width);

  NAME(words) normal = (magnitude << (23 - format.fraction_bits)) + ((uint32_t)(127 - bias) << 23);
  const float quantum = 1.0f / (float)((uint64_t)1 << (bias - 1 + format.fraction_bits));
  NAME(words) subnormal =
      (NAME(words))(__builtin_convertvector((NAME(ints))magnitude, NAME(floats)) * quantum);
  NAME(words) value = NAME(select)(field == 0, subnormal, normal);
  if (format.specials == IEEE_SPECIALS) {
    value = NAME(select)(is_special, normal + ((uint32_t)(127 - bias) << 23), value);
  }
  if (format.specials == ONE_NAN) {
    value = NAME(select)(is_special, (NAME(words)){} + 0x7FC00000u, value);
  }
  return value | ((codes >> width & 1) << 31);
}

/// Decodes rows of A, reading `count` codes of each in whole vectors.
TARGET static inline __attribute__((always_inline)) void NAME(decode_rows)(
    const char *a, size_t stride, int rows, int count, format format, operands *result) {
  for (int row = 0; row < rows; row++) {
    const char *codes = a + (size_t)row * stride;
    for (int i = 0; i < count; i += LANES) {
      NAME(words) vector;
      if (i + LANES <= count) {
        vector = NAME(load_codes)(codes + i * format.bytes, format.bytes);
      } else {
        char rest[LANES * 4] = {};
        __builtin_memcpy(rest, codes + i * format.bytes, (size_t)((count - i) * format.bytes));
        vector = NAME(load_codes)(rest, format.bytes);
      }
      NAME(ints) e;
      vector = NAME(decode)(vector, format, &e);
      NAME(words) pairs = ((NAME(words))e & 0xFFFF) | ((NAME(words))e << 16);
      __builtin_memcpy(&result->a[row][i], &vector, sizeof vector);
      __builtin_memcpy(&result->a_exponents[row][i], &pairs, sizeof pairs);
    }
  }
}

/// Decodes B, transposing it as codes.
///
/// Columns beyond the last, up to a whole block, are ones: zeros would take the slow path.
TARGET static inline __attribute__((always_inline)) void NAME(decode_columns)(
    const char *b, size_t stride, int columns, int count, format format, operands *result) {
  const int padded = (columns + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
  const uint32_t one = (((uint32_t)1 << (format.exponent_bits - 1)) - 1) << format.fraction_bits;
  uint16_t shorts[CHUNK][CHUNK] __attribute__((aligned(64)));
  uint32_t words[CHUNK][CHUNK] __attribute__((aligned(64)));
  if (format.bytes == 1) transpose_bytes(b, stride, columns, count, shorts);
  if (format.bytes == 2) transpose(b, stride, columns, count, shorts);
  if (format.bytes == 4) transpose_words(b, stride, columns, count, words);
  for (int k = 0; k < count; k++) {
    for (int column = columns; column < padded; column++) {
      if (format.bytes == 4) {
        words[k][column] = one;
      } else {
        shorts[k][column] = (uint16_t)one;
      }
    }
    for (int column = 0; column < padded; column += LANES) {
      const char *codes = format.bytes == 4 ? (const char *)&words[k][column]
                                            : (const char *)&shorts[k][column];
      NAME(ints) e;
      NAME(words) vector =
          NAME(decode)(NAME(load_codes)(codes, format.bytes == 4 ? 4 : 2), format, &e);
      NAME(half_shorts) exponents = __builtin_convertvector(e, NAME(half_shorts));
      __builtin_memcpy(&result->b[k][column], &vector, sizeof vector);
      __builtin_memcpy(&result->b_exponents[k][column], &exponents, sizeof exponents);
    }
  }
}

/// Calls a function of codes with the format of an element as a constant.
#define WITH_FORMAT(element, function, ...)                                                        \
  switch (element) {                                                                               \
  case TC_BF16: function(__VA_ARGS__, FORMAT_BF16, result); break;                                 \
  case TC_F16: function(__VA_ARGS__, FORMAT_F16, result); break;                                   \
  case TC_TF32: function(__VA_ARGS__, FORMAT_TF32, result); break;                                 \
  case TC_E4M3: function(__VA_ARGS__, FORMAT_E4M3, result); break;                                 \
  case TC_E5M2: function(__VA_ARGS__, FORMAT_E5M2, result); break;                                 \
  case TC_E2M3: function(__VA_ARGS__, FORMAT_E2M3, result); break;                                 \
  case TC_E3M2: function(__VA_ARGS__, FORMAT_E3M2, result); break;                                 \
  case TC_E2M1: function(__VA_ARGS__, FORMAT_E2M1, result); break;                                 \
  default: __builtin_trap();                                                                       \
  }

/// Decodes a chunk of A and B.
TARGET static void NAME(decode_chunk)(
    const tc_product *product, const char *a, size_t a_stride, int rows, const char *b,
    size_t b_stride, int columns, int k, operands *result) {
  WITH_FORMAT(product->a, NAME(decode_rows), a, a_stride, rows, k)
  WITH_FORMAT(product->b, NAME(decode_columns), b, b_stride, columns, k)
}

/// Returns the number of bits that are set in each word.
TARGET static inline __attribute__((always_inline)) NAME(words) NAME(bit_count)(NAME(words) x) {
  x -= (x >> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >> 2) & 0x33333333);
  x = (x + (x >> 4)) & 0x0F0F0F0F;
  return (x * 0x01010101) >> 24;
}

/// Computes LANES columns of `rows` rows, a constant, of D of integers or bits.
TARGET static inline __attribute__((always_inline)) void NAME(integer_block)(
    const integers *operands, int row, int column, int rows, int width, int steps, int k,
    int is_bits, bool accumulates, bool saturates, char *d, size_t row_bytes) {
  NAME(words) totals[ROWS] = {};
  UNROLL
  for (int i = 0; i < rows; i++) {
    if (accumulates) __builtin_memcpy(&totals[i], d + (size_t)i * row_bytes, (size_t)width * 4);
  }
  for (int step = 0; step < steps; step++) {
    NAME(words) sums[ROWS] = {};
    for (int j = step * k; j < (step + 1) * k; j++) {
      NAME(words) b;
      __builtin_memcpy(&b, &operands->b[j][column], sizeof b);
      UNROLL
      for (int i = 0; i < rows; i++) {
        const uint32_t a = operands->a[row + i][j];
        sums[i] += is_bits ? NAME(bit_count)(b & a) : b * a;
      }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
      NAME(words) total = totals[i] + sums[i];
      if (saturates) {
        NAME(ints) overflow = (NAME(ints))((totals[i] ^ total) & (sums[i] ^ total)) < 0;
        NAME(words) limit = (NAME(words))((NAME(ints))totals[i] >> 31) ^ 0x7FFFFFFF;
        total = NAME(select)(overflow, limit, total);
      }
      totals[i] = total;
    }
  }
  UNROLL
  for (int i = 0; i < rows; i++) {
    __builtin_memcpy(d + (size_t)i * row_bytes, &totals[i], (size_t)width * 4);
  }
}

/// Computes LANES columns, or `width` if there are fewer, of a number of rows.
TARGET static inline __attribute__((always_inline)) void NAME(integer_columns)(
    const tc_product *product, const integers *operands, int column, int rows, int width,
    int steps, int k, int is_bits, bool accumulates, char *d, size_t row_bytes) {
  int row = 0;
  for (; row + ROWS <= rows; row += ROWS) {
    NAME(integer_block)(
        operands, row, column, ROWS, width, steps, k, is_bits, accumulates, product->saturates,
        d + (size_t)row * row_bytes, row_bytes);
  }
  for (; row < rows; row++) {
    NAME(integer_block)(
        operands, row, column, 1, width, steps, k, is_bits, accumulates, product->saturates,
        d + (size_t)row * row_bytes, row_bytes);
  }
}

/// Multiplies a chunk of integers or bits.
TARGET static void NAME(multiply_integers)(
    const tc_product *product, const integers *operands, int rows, int columns, int steps, int k,
    bool accumulates, char *d, size_t row_bytes) {
  for (int column = 0; column < columns; column += LANES) {
    const int width = columns - column < LANES ? columns - column : LANES;
    if (product->a == TC_B1) {
      NAME(integer_columns)(
          product, operands, column, rows, width, steps, k, 1, accumulates, d + column * 4,
          row_bytes);
    } else {
      NAME(integer_columns)(
          product, operands, column, rows, width, steps, k, 0, accumulates, d + column * 4,
          row_bytes);
    }
  }
}

#undef WITH_FORMAT
#undef LANES
#undef TARGET
#undef NAME
#undef TRUNCATE
#undef ANY
