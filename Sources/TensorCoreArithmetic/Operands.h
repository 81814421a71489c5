// Decoded operands, and the exact arithmetic of one element, shared by all implementations.

#ifndef OPERANDS_H
#define OPERANDS_H

#include "TensorCoreArithmetic.h"

enum {
  /// The greatest number of rows of A, of rows of B, and of columns of either, decoded at once.
  CHUNK = 64,
  /// The number of rows of D computed together.
  ROWS = 4,
  /// The greatest number of products of one instruction.
  MAXIMUM_K = 16,
  /// The exponent given to infinities and NaNs: greater than that of any sum of finite terms, and
  /// twice it still fits 16 bits.
  SPECIAL_EXPONENT = 8192,
};

/// A chunk of A and B, decoded.
///
/// Values are exact: every bf16 and f16 number is an f32 number. Exponents are those of the model.
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

/// The products that one instruction adds up for a block of elements of D, and how.
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
  /// Whether products are to be negated.
  bool negates;
} block_step;

/// Returns the code of one element of the new D, computed exactly whatever the operands.
///
/// `row` and `column` count from those of the block; `d` is the code of the old D.
uint32_t exact_element(const block_step *step, int row, int column, uint32_t d);

/// Replaces those elements of a row of the new D whose mask is not zero by exact ones.
void repair_row(
    const block_step *step, int row, int columns, const int32_t *mask, const uint32_t *old_d,
    uint32_t *new_d);

/// The decoding of a chunk: codes are [rows][k] with the given strides.
typedef void decode_function(
    const tc_product *product, const uint16_t *a, size_t a_stride, int rows, const uint16_t *b,
    size_t b_stride, int columns, int k, operands *result);

/// The multiplication of a decoded chunk, of a number of steps: D is [rows][columns].
typedef void multiply_function(
    const tc_product *product, const operands *operands, int rows, int columns, int steps,
    bool accumulates, char *d, size_t row_bytes);

#endif
