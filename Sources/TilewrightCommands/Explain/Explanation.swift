/// What `explain` has to say of something: a map for programs, and a picture for people.
protocol Explanation: Encodable {
  /// What a person sees.
  var picture: Picture { get }
}
