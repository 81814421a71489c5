// One implementation, as a template: included once for each width of vectors, with
//
// LANES      the number of 32-bit lanes of a vector,
// TARGET     the attribute that lets a function use the instructions,
// NAME(x)    the name of a function or type of this implementation,
// TRUNCATE   converts a vector of f32 to int32 toward zero; any value for lanes out of range,
// ANY        whether any bit of a vector of int32 is set,
//
// and with UNROLL and the function `transpose` defined.
//
// How it computes. A lane is an element of D; a block is ROWS rows of 2 * LANES elements.
//
// First pass: E, the greatest exponent, with 16-bit lanes; one addition and one maximum per product.
//
// Second pass: each product as f32, times 2^(25 - E), converted to an integer toward zero, added.
// For -100 <= E <= 120 this is exactly the model's truncation:
//  * A product of values of at most 11 significant bits has at most 22, so f32 holds it exactly if
//    its exponent is in range. It has |s| < 4 and e <= E <= 120, so it does not overflow.
//  * Multiplication by a power of two, 2^(25 - E) between 2^-95 and 2^125, is exact unless it
//    underflows; it does not overflow, as the result is less than 4 * 2^25.
//  * Where either underflows, to whatever bits, the scaled term is in magnitude at most
//    2^-126 * 2^125 < 1. So is the exact one, and both truncate to 0.
//  * The old D is a term of |s| < 2, treated in the same way.
//  * The sum of 16 products is exact in 32 bits: significands are at most 2047/1024, and
//    16 * 2^25 * (2047/1024)^2 < 2^31. Adding D can overflow, which is detected.
//
// Last: the integer sum is converted to f32 truncating, and multiplied by 2^(E - 25) between 2^-125
// and 2^95, which is exact. u & ~(u >> 24) clears the greatest of the bits that do not fit 24, so
// that conversion to nearest rounds down; nothing here hangs on the rounding mode but the steps to
// f16, for which it is set to nearest.
//
// Lanes with another E, or whose sum overflows, are computed again by exact_element, unless all
// of their terms are zero. Infinities and NaNs have an exponent that makes E too great.

/// Floats, in 32-bit lanes.
typedef float NAME(floats) __attribute__((vector_size(4 * LANES)));
/// Signed integers, in 32-bit lanes.
typedef int32_t NAME(ints) __attribute__((vector_size(4 * LANES)));
/// Unsigned integers, in 32-bit lanes.
typedef uint32_t NAME(words) __attribute__((vector_size(4 * LANES)));
/// Half a vector of 16-bit exponents, or a vector of 16-bit codes of D.
typedef int16_t NAME(half_shorts) __attribute__((vector_size(2 * LANES)));
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
  // The ulp of 0.5 is 2^-24, the quantum of f16, so that this addition rounds as wanted.
  NAME(words) subnormal = (NAME(words))((NAME(floats))magnitude + 0.5f) - 0x3F000000;
  NAME(words) value = NAME(select)((NAME(ints))(magnitude < 0x38800000), subnormal, normal);
  // What rounds to zero is +0, as is a sum of zero.
  return value | ((bits >> 16) & 0x8000 & (NAME(words))(value != 0));
}

/// Loads a vector of codes of D.
TARGET static inline __attribute__((always_inline)) NAME(words)
    NAME(load_d)(const char *d, int is_f16) {
  if (is_f16) {
    NAME(half_shorts) codes;
    __builtin_memcpy(&codes, d, sizeof codes);
    return (NAME(words))__builtin_convertvector(codes, NAME(ints)) & 0xFFFF;
  }
  NAME(words) codes;
  __builtin_memcpy(&codes, d, sizeof codes);
  return codes;
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
  return (NAME(ints))NAME(select)(
      is_zero, (NAME(words)){} + (uint32_t)TC_ZERO_EXPONENT, (NAME(words))exponents);
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
    // First pass: the greatest exponents of the products.
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

    // The old D as a term, and the scales.
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
            __builtin_convertvector(halves[half], NAME(ints)), NAME(d_exponents)(old, is_f16));
        exponents[row][half] = greatest_exponents;
        NAME(words) scale = (NAME(words))(127 + TC_FRACTION_BITS - greatest_exponents) << 23;
        d_terms[row][half] = TRUNCATE((NAME(floats))old * (NAME(floats))scale);
        scales[row][half] = (NAME(floats))(scale ^ (step.negates ? 0x80000000u : 0u));
      }
    }

    // Second pass: the truncated products.
    NAME(ints) sums[ROWS][2];
    UNROLL
    for (int row = 0; row < rows; row++) {
      UNROLL
      for (int half = 0; half < 2; half++) sums[row][half] = (NAME(ints)){};
    }
    for (int k = step.first_k; k < step.first_k + step.k; k++) {
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

    // Rounding.
    NAME(ints) masks[ROWS][2];
    NAME(ints) any = {};
    NAME(words) results[ROWS][2];
    UNROLL
    for (int row = 0; row < rows; row++) {
      UNROLL
      for (int half = 0; half < 2; half++) {
        NAME(ints) sum = sums[row][half];
        // As words, for which overflow is defined.
        NAME(ints) total = (NAME(ints))((NAME(words))sum + (NAME(words))d_terms[row][half]);
        NAME(ints) overflow = ((sum ^ total) & (d_terms[row][half] ^ total)) < 0;
        NAME(ints) out_of_range =
            (NAME(ints))((NAME(words))(exponents[row][half] + 100) > (NAME(words)){} + 220u);
        masks[row][half] = overflow | out_of_range;
        any |= masks[row][half];

        NAME(words) sign = (NAME(words))total & 0x80000000;
        NAME(words) magnitude =
            ((NAME(words))total ^ (NAME(words))(total >> 31)) - (NAME(words))(total >> 31);
        NAME(words) cut = magnitude & ~(magnitude >> 24);
        NAME(floats) rounded = __builtin_convertvector((NAME(ints))cut, NAME(floats));
        NAME(words) unit =
            (NAME(words))(exponents[row][half] + (127 - TC_FRACTION_BITS)) << 23;
        NAME(words) bits = (NAME(words))(rounded * (NAME(floats))unit);
        if (is_f16) {
          // What was cut off must still be seen by the one rounding to f16, so it sets the last of
          // the 24 bits. So may one of the low seven bits that was kept; but that one is itself
          // below the 12 bits that decide the rounding, beside which any non-zero is as good.
          NAME(words) low = magnitude & 0x7F;
          NAME(ints) is_long = (NAME(ints))(magnitude >= (1u << 24));
          bits |= (NAME(words))(is_long & (NAME(ints))(low != 0)) & 1;
          bits = NAME(narrow)(bits | sign);
        } else {
          bits |= sign;
        }
        results[row][half] = bits;
      }
    }
    if (__builtin_expect(ANY(any), 0)) {
      UNROLL
      for (int row = 0; row < rows; row++) {
        // Nothing but zeros is common, where matrices are padded or masked. The exponent says that
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

/// Computes a block of D whose rows may be fewer than ROWS, and whose columns all exist.
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
    bool accumulates, char *d, size_t row_bytes) {
  const size_t element_bytes = product->accumulator == TC_D_F16 ? 2 : 4;
  for (int column = 0; column < columns; column += 2 * LANES) {
    const int width = columns - column < 2 * LANES ? columns - column : 2 * LANES;
    for (int row = 0; row < rows; row += ROWS) {
      const int height = rows - row < ROWS ? rows - row : ROWS;
      block_step step = {
          operands, row, column, 0, product->k, product->accumulator,
          product->negates_a != product->negates_b};
      char *corner = d + (size_t)row * row_bytes + (size_t)column * element_bytes;
      if (width == 2 * LANES) {
        NAME(some_rows)(step, height, steps, accumulates, corner, row_bytes);
        continue;
      }
      // The block is wider than D: it is computed in a copy.
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
    NAME(decode)(NAME(words) codes, int is_f16, NAME(ints) *exponents) {
  NAME(words) magnitude = codes & 0x7FFF;
  NAME(ints) field = (NAME(ints))(is_f16 ? magnitude >> 10 : magnitude >> 7);
  NAME(ints) is_special = field == (is_f16 ? 31 : 255);
  NAME(ints) unbiased =
      __builtin_elementwise_max(field, (NAME(ints)){} + 1) - (is_f16 ? 15 : 127);
  NAME(words) selected = NAME(select)(
      (NAME(ints))(magnitude == 0), (NAME(words)){} + (uint32_t)TC_ZERO_EXPONENT,
      (NAME(words))unbiased);
  *exponents = (NAME(ints))NAME(select)(
      is_special, (NAME(words)){} + (uint32_t)SPECIAL_EXPONENT, selected);
  return is_f16 ? NAME(widen)(codes) : codes << 16;
}

/// Decodes a row of A, of which `count` codes are read in whole vectors.
TARGET static inline __attribute__((always_inline)) void NAME(decode_a_row)(
    const uint16_t *codes, int count, int is_f16, float *values, uint32_t *exponents) {
  for (int i = 0; i < count; i += LANES) {
    NAME(words) vector;
    if (i + LANES <= count) {
      vector = NAME(load_d)((const char *)(codes + i), 1);
    } else {
      uint16_t rest[LANES] = {};
      for (int j = 0; i + j < count; j++) rest[j] = codes[i + j];
      vector = NAME(load_d)((const char *)rest, 1);
    }
    NAME(ints) e;
    vector = NAME(decode)(vector, is_f16, &e);
    NAME(words) pairs = ((NAME(words))e & 0xFFFF) | ((NAME(words))e << 16);
    __builtin_memcpy(values + i, &vector, sizeof vector);
    __builtin_memcpy(exponents + i, &pairs, sizeof pairs);
  }
}

/// Decodes the rows of A and the columns of B of a chunk, where is_f16 is constant.
TARGET static inline __attribute__((always_inline)) void NAME(decode_typed)(
    int is_f16, const uint16_t *a, size_t a_stride, int rows, const uint16_t *b, size_t b_stride,
    int columns, int count, operands *result) {
  for (int row = 0; row < rows; row++) {
    NAME(decode_a_row)(
        a + (size_t)row * a_stride, count, is_f16, result->a[row], result->a_exponents[row]);
  }
  // B is transposed as codes. Columns beyond the last, up to a whole block, are ones: zeros would
  // need repair.
  uint16_t codes[CHUNK][CHUNK] __attribute__((aligned(64)));
  const int padded = (columns + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
  transpose(b, b_stride, columns, count, codes);
  for (int k = 0; k < count && columns < padded; k++) {
    for (int column = columns; column < padded; column++) {
      codes[k][column] = is_f16 ? 0x3C00 : 0x3F80;
    }
  }
  for (int k = 0; k < count; k++) {
    for (int column = 0; column < padded; column += LANES) {
      NAME(ints) e;
      NAME(words) vector =
          NAME(decode)(NAME(load_d)((const char *)&codes[k][column], 1), is_f16, &e);
      NAME(half_shorts) exponents = __builtin_convertvector(e, NAME(half_shorts));
      __builtin_memcpy(&result->b[k][column], &vector, sizeof vector);
      __builtin_memcpy(&result->b_exponents[k][column], &exponents, sizeof exponents);
    }
  }
}

/// Decodes a chunk of A and B.
TARGET static void NAME(decode_chunk)(
    const tc_product *product, const uint16_t *a, size_t a_stride, int rows, const uint16_t *b,
    size_t b_stride, int columns, int k, operands *result) {
  if (product->element == TC_F16) {
    NAME(decode_typed)(1, a, a_stride, rows, b, b_stride, columns, k, result);
  } else {
    NAME(decode_typed)(0, a, a_stride, rows, b, b_stride, columns, k, result);
  }
}

#undef LANES
#undef TARGET
#undef NAME
#undef TRUNCATE
#undef ANY
