// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decoded operands, and the exact arithmetic of one element, shared by all implementations.

#ifndef OPERANDS_H
#define OPERANDS_H

#include "TensorCoreArithmetic.h"

enum {
  /// The largest number of rows of A, of rows of B, and of columns of either, decoded at once.
  CHUNK = 64,
  /// The number of rows of D computed together.
  ROWS = 4,
  /// The largest number of products of one instruction, except for bits.
  MAXIMUM_K = 32,
  /// The largest number of products whose sum always fits in 32 bits.
  GROUP = 16,
  /// The exponent given to infinities and NaNs: larger than that of any sum of finite terms, and
  /// twice it still fits 16 bits.
  SPECIAL_EXPONENT = 8192,
};

/// The codes of a format that are not finite numbers.
typedef enum {
  /// Codes with the largest exponent field: infinities and NaNs.
  IEEE_SPECIALS,
  /// The largest code of each sign, a NaN.
  ONE_NAN,
  /// None.
  ALL_FINITE,
} format_specials;

/// The encoding of a float type, which is a constant wherever it is used.
typedef struct {
  /// The number of bytes of a code.
  int bytes;
  /// The number of bits of the exponent field.
  int exponent_bits;
  /// The number of bits of the fraction field, including unused ones.
  int fraction_bits;
  /// The mask of the bits of the code that are used.
  uint32_t mask;
  /// The codes that are not finite.
  format_specials specials;
} format;

/// The format of each float type.
#define FORMAT_BF16 ((format){2, 8, 7, 0xFFFF, IEEE_SPECIALS})
#define FORMAT_F16 ((format){2, 5, 10, 0xFFFF, IEEE_SPECIALS})
#define FORMAT_TF32 ((format){4, 8, 23, 0xFFFFE000, IEEE_SPECIALS})
#define FORMAT_E4M3 ((format){1, 4, 3, 0xFF, ONE_NAN})
#define FORMAT_E5M2 ((format){1, 5, 2, 0xFF, IEEE_SPECIALS})
#define FORMAT_E2M3 ((format){1, 2, 3, 0x3F, ALL_FINITE})
#define FORMAT_E3M2 ((format){1, 3, 2, 0x3F, ALL_FINITE})
#define FORMAT_E2M1 ((format){1, 2, 1, 0xF, ALL_FINITE})

/// A chunk of A and B, decoded.
///
/// Values are exact: every number of the float types is an f32 number. Exponents are those of the
/// model.
typedef struct {
  /// The values of A: [row][k].
  float a[CHUNK][CHUNK] __attribute__((aligned(64)));
  /// The exponents of A: [row][k], each twice, in both halves of a word, ready to be broadcast.
  uint32_t a_exponents[CHUNK][CHUNK] __attribute__((aligned(64)));
  /// The values of B: [k][column].
  float b[CHUNK][CHUNK] __attribute__((aligned(64)));
  /// The exponents of B: [k][column].
  int16_t b_exponents[CHUNK][CHUNK] __attribute__((aligned(64)));
} operands;

/// A chunk of A and B of integers, widened, or of bits, 32 in each word.
typedef struct {
  /// The words of A: [row][k].
  uint32_t a[CHUNK][CHUNK] __attribute__((aligned(64)));
  /// The words of B: [k][column].
  uint32_t b[CHUNK][CHUNK] __attribute__((aligned(64)));
} integers;

/// The sum that one instruction computes for a block of elements of D.
typedef struct {
  /// The decoded operands.
  const operands *operands;
  /// The first row of the block in the chunk.
  int row;
  /// The first column of the block in the chunk.
  int column;
  /// The first column of A and B to multiply.
  int first_k;
  /// The number of products.
  int k;
  /// The type of D.
  tc_accumulator accumulator;
  /// The number of fraction bits that the sum keeps.
  int fraction_bits;
  /// The exponent of the power of two by which the old D is divided.
  int d_shift;
  /// Whether products are negated.
  bool negates;
} block_step;

/// Returns magnitude * 2^exponent, not zero, truncated to f32, without its sign.
uint32_t truncate_to_f32(uint64_t magnitude, int exponent);

/// Returns the code of one element of the new D, computed exactly for any operands.
///
/// `row` and `column` are relative to the block; `d` is the code of the old D.
uint32_t exact_element(const block_step *step, int row, int column, uint32_t d);

/// Recomputes exactly the elements of a row of the new D whose mask is not zero.
void repair_row(
    const block_step *step, int row, int columns, const int32_t *mask, const uint32_t *old_d,
    uint32_t *new_d);

/// Decodes a chunk: codes are [rows][k], with the given strides of rows in bytes.
typedef void decode_function(
    const tc_product *product, const char *a, size_t a_stride, int rows, const char *b,
    size_t b_stride, int columns, int k, operands *result);

/// Multiplies a decoded chunk of a number of steps: D is [rows][columns].
typedef void multiply_function(
    const tc_product *product, const operands *operands, int rows, int columns, int steps,
    bool accumulates, int d_shift, char *d, size_t row_bytes);

/// Multiplies a chunk of integers of a number of steps of `k` words each.
typedef void multiply_integers_function(
    const tc_product *product, const integers *operands, int rows, int columns, int steps, int k,
    bool accumulates, char *d, size_t row_bytes);

#endif
