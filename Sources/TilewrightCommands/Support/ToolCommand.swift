// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ArgumentParser

/// A command of the tool, which writes to a console.
protocol ToolCommand: ParsableCommand {
  /// Does the command's work.
  ///
  /// - Throws: An error that ends the tool with a status other than 0.
  func run(_ console: Console) throws
}
