// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import MachineIR
import TileLayout

/// The registers of a thread, which have no addresses: only integers of the host name them.
public enum Registers: TensorSpace {
  /// The registers.
  public typealias Origin = RegisterOrigin
}

/// The registers that a tensor is made of; distances are their numbers.
public struct RegisterOrigin: TensorOrigin {
  /// The recorder of the kernel.
  let recorder: Recorder

  /// The registers from the first element's on.
  let registers: ArraySlice<RegisterID>

  /// The recording.
  public var owner: KernelRecording { KernelRecording(recorder: recorder) }

  /// Returns the register at a distance.
  public func place(at distance: TensorDistance) -> RegisterID {
    let index = registers.startIndex + number(distance)
    let isInside = recorder.expect(
      registers.indices.contains(index),
      "a tensor of \(registers.count) registers has no register \(index)")
    return registers[isInside ? index : registers.startIndex]
  }

  /// Returns the registers from a distance on.
  public func anchored(at distance: TensorDistance) -> RegisterOrigin {
    let rest = registers.dropFirst(max(number(distance), 0))
    return RegisterOrigin(recorder: recorder, registers: rest.isEmpty ? registers : rest)
  }

  /// Returns the number of the register at a distance.
  private func number(_ distance: TensorDistance) -> Int {
    let total = distance.total
    recorder.expect(
      total.computed == nil, "registers are indexed by host integers, not by device values")
    return total.known
  }
}

extension TileTensor where Space == Registers, Element: DeviceElement {
  /// Creates a tensor of variables.
  ///
  /// - Parameters:
  ///   - variables: The variables, at least one.
  ///   - layout: From rows and columns to positions among them.
  public init(_ variables: [Variable<Element>], layout: Layout) {
    guard let first = variables.first else {
      // There is no recording to tell.
      fatalError("A tensor of registers must have at least one variable.")
    }
    let isCovered = first.recorder.expect(
      layout.cosize <= variables.count,
      "\(variables.count) variables are too few for the layout \(layout)")
    let layout = isCovered ? layout : Layout(layout.shape, stride: layout.shape.zeros)
    for variable in variables { first.recorder.check(variable.recorder) }
    let origin = RegisterOrigin(
      recorder: first.recorder, registers: variables.map(\.register)[...])
    self.init(origin, layout)
  }

  /// Returns the variables of the vector at the coordinates, column by column.
  public subscript(row: Int, column: Int) -> [Variable<Element>] {
    let first = distance(to: row, column)
    return (0..<vectorCount).map { element in
      let rows = rowMode.vector.size
      let inVector = TensorDistance(
        rows: TensorOffset(known: rowMode.vector(element % rows)),
        columns: TensorOffset(known: columnMode.vector(element / rows)))
      return Variable(recorder, origin.place(at: first + inVector))
    }
  }
}
