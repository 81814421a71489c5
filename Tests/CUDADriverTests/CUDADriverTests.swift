import Testing

@testable import CUDADriver
