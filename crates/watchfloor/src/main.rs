//! One floor for plant and security teams: the program
fn main() {}
