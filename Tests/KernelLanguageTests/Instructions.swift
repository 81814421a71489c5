// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLanguage
import MachineIR
import PTX

/// The instructions of a kernel, as tests compare them.
extension Kernel {
  /// The lines of the plain text's body that are instructions, without the kernel's parameters.
  func instructions() throws -> [String] {
    let lines = try module().ptx(form: .plain).split(separator: "\n")
      .map { $0.trimmingCharacters() }
    let body = lines.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" }
    return body.filter { !$0.hasPrefix(".") && !$0.hasPrefix("ld.param") && $0 != "ret;" }
  }
}

extension Substring {
  /// Returns the text without the spaces around it.
  fileprivate func trimmingCharacters() -> String {
    String(drop { $0 == " " })
  }
}
