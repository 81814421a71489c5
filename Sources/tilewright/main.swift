import Foundation
import TilewrightCommands

exit(Tool.run(arguments: Array(CommandLine.arguments.dropFirst())))
