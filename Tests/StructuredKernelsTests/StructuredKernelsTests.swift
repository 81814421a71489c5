import Testing

@testable import StructuredKernels
