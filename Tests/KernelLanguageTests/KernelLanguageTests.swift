import Testing

@testable import KernelLanguage
