//! "Did you mean".

use std::cell::Cell;

/// Makes suggestions, and fewer of them the more it is asked: comparing every mistake with every name takes square time.
#[derive(Debug)]
pub(crate) struct Suggester {
    /// Comparisons that are left.
    left: Cell<usize>,
}

impl Suggester {
    /// A hundred mistakes against as many names as the largest known API has.
    pub(crate) fn new() -> Self {
        Self { left: Cell::new(400_000) }
    }

    /// A hint that names the candidate that looks most like `word`, if one does.
    pub(crate) fn did_you_mean<'a>(&self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let counted = candidates.into_iter().take_while(|_| {
            let left = self.left.get();
            self.left.set(left.saturating_sub(1));
            left > 0
        });
        closest(word, counted).map(|candidate| format!("did you mean `{candidate}`?"))
    }

    /// The same, or the list of what there is.
    pub(crate) fn did_you_mean_or_list<'a, I>(&self, word: &str, candidates: I) -> String
    where
        I: IntoIterator<Item = &'a str>,
        I::IntoIter: Clone,
    {
        let candidates = candidates.into_iter();
        match self.did_you_mean(word, candidates.clone()) {
            Some(hint) => hint,
            None => list(candidates),
        }
    }
}

fn list<'a>(candidates: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 24;

    let mut quoted: Vec<String> = candidates.take(MOST + 1).map(|candidate| format!("`{candidate}`")).collect();
    let more = if quoted.len() > MOST { " and more" } else { "" };
    quoted.truncate(MOST);
    match quoted.as_slice() {
        [] => String::new(),
        [one] => format!("there is only {one}"),
        _ => format!("choose from {}{more}", quoted.join(", ")),
    }
}

/// The candidate that looks most like `word`, if one does: for "did you mean".
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // nobody misspells a word of that length, but a fuzzer tries, and the distance takes square time
    const LONGEST: usize = 64;

    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= allowed + 2)
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance <= allowed && distance < candidate.chars().count()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_others_not() {
        let types = ["string", "integer", "float", "timestamp"];
        assert_eq!(closest("strng", types), Some("string"));
        assert_eq!(closest("Integer", types), Some("integer"));
        assert_eq!(closest("timestmap", types), Some("timestamp"));
        assert_eq!(closest("document", types), None);
        assert_eq!(closest("", types), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest(&"x".repeat(1000), types), None);
    }
}
