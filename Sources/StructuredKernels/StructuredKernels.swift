// StructuredKernels
