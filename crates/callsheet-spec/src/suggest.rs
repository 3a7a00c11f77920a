//! "Did you mean".

/// A hint that names the candidate that looks most like `word`, if one does.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The same, or the list of what there is.
pub(crate) fn did_you_mean_or_list<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match did_you_mean(word, candidates.iter().copied()) {
        Some(hint) => hint,
        None => list(&candidates),
    }
}

fn list(candidates: &[&str]) -> String {
    const MOST: usize = 24;

    let quoted: Vec<String> = candidates.iter().take(MOST).map(|candidate| format!("`{candidate}`")).collect();
    match (quoted.len(), candidates.len() > MOST) {
        (0, _) => String::new(),
        (1, _) => format!("there is only {}", quoted.concat()),
        (_, true) => format!("choose from {} and more", quoted.join(", ")),
        (_, false) => format!("choose from {}", quoted.join(", ")),
    }
}

pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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
