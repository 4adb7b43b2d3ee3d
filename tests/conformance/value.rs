//! Reading facts out of JSON, and writing answers into it.

use crate::Case;
use serde_json::Value;

/// The array `key`, empty when absent.
pub(crate) fn array<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

/// The integer `key`.
pub(crate) fn int(of: &Value, key: &str) -> i64 {
    of[key].as_i64().unwrap_or_else(|| panic!("{key} is {}, expected an integer, in {of}", of[key]))
}

/// The integer `key`, of 32 bits.
pub(crate) fn int32(of: &Value, key: &str) -> i32 {
    i32::try_from(int(of, key)).unwrap_or_else(|_| panic!("{key} is {}, expected 32 bits", of[key]))
}

/// The truth `key`; false when absent.
pub(crate) fn truth(of: &Value, key: &str) -> bool {
    of[key].as_bool().unwrap_or(false)
}

/// The text `key`.
pub(crate) fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_else(|| panic!("{key} is {}, expected text, in {of}", of[key]))
}

/// A list of integers.
pub(crate) fn ints(of: &Value) -> Vec<i32> {
    let all = of.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|n| i32::try_from(n.as_i64().expect("an integer")).expect("32 bits")).collect()
}

/// A list of texts.
pub(crate) fn texts(of: &Value) -> Vec<&str> {
    of.as_array().map_or(&[][..], Vec::as_slice).iter().map(|t| t.as_str().expect("text")).collect()
}

/// One case for each entry of the array `key`: `answer` gives what was found and what is expected.
pub(crate) fn each(facts: &Value, key: &str, mut answer: impl FnMut(&Value) -> (Value, Value)) -> Vec<Case> {
    let cases = array(facts, key).iter().enumerate();
    cases
        .map(|(i, fact)| {
            let (found, expected) = answer(fact);
            let cite = fact["cite"].as_str().or(facts["cite"].as_str()).unwrap_or("-");
            Case { place: format!("{key}[{i}] ({cite})"), expected, found }
        })
        .collect()
}

/// One case for a whole run of steps, shown up to its first wrong one: `answer` gives what was found and what is expected of each.
pub(crate) fn steps<'a>(steps: impl IntoIterator<Item = &'a Value>, mut answer: impl FnMut(&'a Value) -> (Value, Value)) -> (Value, Value) {
    for (i, step) in steps.into_iter().enumerate() {
        let (found, expected) = answer(step);
        if found != expected {
            return (serde_json::json!({ "step": i, "answer": found }), serde_json::json!({ "step": i, "answer": expected }));
        }
    }
    (Value::Null, Value::Null)
}
