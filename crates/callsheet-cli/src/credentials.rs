//! Where credentials come from: the environment, then the vendor's configuration files, as the spec says. Never from arguments.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use callsheet::Credentials;
use callsheet_spec::model::{CredentialFile, CredentialFormat, CredentialSources, EnvironmentNames};

use crate::exit::{Code, Failure};

/// Finds credentials: the first complete set wins.
pub(crate) fn find(sources: &CredentialSources, title: &str, profile: &str) -> Result<Credentials, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    find_in(sources, title, profile, &environment, std::env::home_dir().as_deref())
}

fn find_in(
    sources: &CredentialSources,
    title: &str,
    profile: &str,
    environment: &dyn Fn(&str) -> Option<String>,
    home: Option<&Path>,
) -> Result<Credentials, Failure> {
    let mut looked_for = Vec::new();
    for names in &sources.env {
        match from_environment(names, environment) {
            Ok(credentials) => return Ok(credentials),
            Err(why) => looked_for.push(why),
        }
    }
    for file in &sources.files {
        match from_file(file, profile, home)? {
            Ok(credentials) => return Ok(credentials),
            Err(why) => looked_for.push(why),
        }
    }
    let mut message = format!("no credentials for {title}; looked for");
    for why in &looked_for {
        message.push_str(&format!("\n  {why}"));
    }
    if looked_for.is_empty() {
        message.push_str(" nothing: the spec names no place (`[credentials]` in service.toml)");
    }
    Err(Failure::new(Code::Setup, message).hint("--mock calls the built-in test server, which needs none"))
}

fn from_environment(
    names: &EnvironmentNames,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, String> {
    let value = |name: &str| environment(name).filter(|value| !value.is_empty());
    let both = format!("the environment variables {} and {}", names.id, names.secret);
    match (value(&names.id), value(&names.secret)) {
        (Some(id), Some(secret)) => Ok(credentials(id, secret, names.token.as_deref().and_then(value))),
        (Some(_), None) => Err(format!("{both}: only the first is set")),
        (None, Some(_)) => Err(format!("{both}: only the second is set")),
        (None, None) => Err(format!("{both}: not set")),
    }
}

/// The inner error says why the file has none; the outer one, that it has some which cannot be used.
fn from_file(
    file: &CredentialFile,
    profile: &str,
    home: Option<&Path>,
) -> Result<Result<Credentials, String>, Failure> {
    let path = match (file.path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_), None) => return Ok(Err(format!("the file {}: there is no home folder", file.path))),
        (None, _) => PathBuf::from(&file.path),
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(format!("the file {}: does not exist", file.path)));
        }
        Err(error) => return Err(Failure::new(Code::Setup, format!("{}: {error}", path.display()))),
    };
    let (pairs, place) = match file.format {
        CredentialFormat::Yaml => (yaml(&text), file.path.clone()),
        CredentialFormat::Ini => match ini(&text, profile) {
            Some(pairs) => (pairs, format!("{} [{profile}]", file.path)),
            None => return Ok(Err(format!("the file {}: has no profile [{profile}]", file.path))),
        },
    };
    let value = |name: &str| pairs.get(name).filter(|value| !value.is_empty()).cloned();
    match (value(&file.id), value(&file.secret)) {
        (Some(id), Some(secret)) => Ok(Ok(credentials(id, secret, file.token.as_deref().and_then(value)))),
        _ => Ok(Err(format!("the file {place}: does not say {} and {}", file.id, file.secret))),
    }
}

fn credentials(id: String, secret: String, token: Option<String>) -> Credentials {
    match token {
        Some(token) => Credentials::new(id, secret).with_token(token),
        None => Credentials::new(id, secret),
    }
}

/// The flat `key: value` lines of a YAML file, which is all that the vendors' files have.
fn yaml(text: &str) -> HashMap<String, String> {
    let mut pairs = HashMap::new();
    for line in text.lines() {
        // lines with an indent belong to something else
        if line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        if let Some((key, value)) = line.split_once(':') {
            pairs.insert(unquoted(key).to_owned(), scalar(value).to_owned());
        }
    }
    pairs
}

/// The `key = value` lines of a section; `None` if there is no such section.
fn ini(text: &str, profile: &str) -> Option<HashMap<String, String>> {
    let mut pairs = None;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            inside = name == profile || name.strip_prefix("profile ").is_some_and(|name| name.trim() == profile);
            if inside {
                pairs.get_or_insert_with(HashMap::new);
            }
        } else if let (true, Some((key, value))) = (inside && !line.starts_with(['#', ';']), line.split_once('=')) {
            pairs.get_or_insert_with(HashMap::new).insert(key.trim().to_owned(), unquoted(value).to_owned());
        }
    }
    pairs
}

/// A plain or quoted YAML scalar without the comment behind it.
fn scalar(text: &str) -> &str {
    let text = text.trim();
    match text.chars().next() {
        Some(quote @ ('\'' | '"')) => text[1..].split(quote).next().unwrap_or_default(),
        _ => text.split(" #").next().unwrap_or_default().trim_end(),
    }
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(path: &Path, format: CredentialFormat) -> CredentialSources {
        let words = |text: &str| text.to_owned();
        CredentialSources {
            env: vec![
                EnvironmentNames { id: words("A_ID"), secret: words("A_SECRET"), token: Some(words("A_TOKEN")) },
                EnvironmentNames { id: words("B_ID"), secret: words("B_SECRET"), token: None },
            ],
            files: vec![CredentialFile {
                path: path.display().to_string(),
                format,
                id: words("key_id"),
                secret: words("secret"),
                token: Some(words("token")),
            }],
        }
    }

    fn look(text: &str, format: CredentialFormat, profile: &str, set: &[(&str, &str)]) -> Result<Credentials, String> {
        let path =
            std::env::temp_dir().join(format!("callsheet-credentials-{}-{profile}-{}", std::process::id(), text.len()));
        fs::write(&path, text).unwrap();
        let environment =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let found = find_in(&sources(&path, format), "Cloud", profile, &environment, None);
        fs::remove_file(&path).unwrap();
        found.map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn the_environment_comes_before_files_and_half_a_set_does_not_count() {
        let file = "key_id: F\nsecret: FS\n";
        let found =
            look(file, CredentialFormat::Yaml, "default", &[("A_ID", "A"), ("B_ID", "B"), ("B_SECRET", "BS")]).unwrap();
        assert_eq!((found.id(), found.secret(), found.token()), ("B", "BS", None));
        let found =
            look(file, CredentialFormat::Yaml, "default", &[("A_ID", "A"), ("A_SECRET", "AS"), ("A_TOKEN", "T")])
                .unwrap();
        assert_eq!((found.id(), found.secret(), found.token()), ("A", "AS", Some("T")));
        let found = look(file, CredentialFormat::Yaml, "default", &[("A_ID", ""), ("A_SECRET", "AS")]).unwrap();
        assert_eq!((found.id(), found.secret()), ("F", "FS"));
    }

    #[test]
    fn yaml_lines_may_be_quoted_and_commented() {
        let text = "# the key\nkey_id: 'ID#1' # mine\nsecret: \"s: x\"\nother:\n  secret: no\ntoken: plain # why\n";
        let found = look(text, CredentialFormat::Yaml, "default", &[]).unwrap();
        assert_eq!((found.id(), found.secret(), found.token()), ("ID#1", "s: x", Some("plain")));
    }

    #[test]
    fn ini_files_have_profiles() {
        let text = "[default]\nkey_id = D\nsecret=DS\n\n; work\n[profile work]\nkey_id = W\nsecret = W=S==\n";
        let found = look(text, CredentialFormat::Ini, "work", &[]).unwrap();
        assert_eq!((found.id(), found.secret()), ("W", "W=S=="));
        let found = look(text, CredentialFormat::Ini, "default", &[]).unwrap();
        assert_eq!(found.id(), "D");
        let missing = look(text, CredentialFormat::Ini, "home", &[]).unwrap_err();
        assert!(missing.contains("has no profile [home]"), "{missing}");
    }

    #[test]
    fn what_was_looked_for_is_listed_without_secrets() {
        let error = look("key_id: F\n", CredentialFormat::Yaml, "default", &[("A_SECRET", "hunter2")]).unwrap_err();
        for part in [
            "A_ID and A_SECRET: only the second is set",
            "B_ID and B_SECRET: not set",
            "does not say key_id and secret",
        ] {
            assert!(error.contains(part), "{part} is not in {error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
    }
}
