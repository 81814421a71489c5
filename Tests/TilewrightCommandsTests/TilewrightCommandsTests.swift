import Testing

@testable import TilewrightCommands
