//! What the tests are to be run on, by the environment.

/// The value of this variable, which is one of these; none when it is not set, or empty. Panics at any other: a word that is
/// misspelt would let tests pass on something else.
pub fn choice(name: &str, values: &[&'static str]) -> Option<&'static str> {
    let value = std::env::var_os(name).unwrap_or_default();
    if value.is_empty() {
        return None;
    }
    let known = values.iter().copied().find(|known| value == *known);
    Some(known.unwrap_or_else(|| panic!("{name} is one of {values:?} or nothing, not {value:?}")))
}
