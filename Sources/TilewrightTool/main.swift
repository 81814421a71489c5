// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import TilewrightCommands

Tool.prepareProcess()
let status = Tool.run(arguments: Array(CommandLine.arguments.dropFirst()))
// The driver's clean-up at the end of a process would wait for a kernel that was given up.
fflush(nil)
_exit(status)
