//! What each choice of a user costs: small programs, each with one thing more than another.

use std::fs;
use std::path::Path;

use super::{Row, build};
use crate::budgets;
use crate::cost;

/// A program that differs from another in one choice.
struct Choice {
    name: &'static str,
    /// What is chosen, as the table says it.
    says: &'static str,
    /// The program without it.
    over: Option<&'static str>,
    /// Features of `callsheet`.
    features: &'static str,
    /// Further dependencies, as a manifest has them; `CRATES` stands for the folder of ours.
    dependencies: &'static str,
    /// What the program does.
    steps: &'static [&'static str],
}

const UREQ: &str = "callsheet-ureq = { path = \"CRATES/callsheet-ureq\" }\n";
const HTTP: &str = "http = \"1\"\n";

/// A request that is signed and an answer that is read: the network is the user's own.
const PURE: &str = r#"
    let service = statistics::service("cn").credentials(Credentials::new("id", "secret"));
    let (begin, end) = ("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    println!("{:?}", service.request(&statistics::GetBandwidth::new(begin, end), end)?);
    let answer = http::Response::new(std::fs::read("answer")?);
    println!("{:?}", service.response::<statistics::GetBandwidth>(&answer)?);
"#;

const PURE_JSON: &str = r#"
    let service = callsheet::qingcloud::job::service().credentials(Credentials::new("id", "secret"));
    let action = callsheet::qingcloud::job::DescribeJobs::new();
    println!("{:?}", service.request(&action, "2018-12-26T08:50:00Z".parse()?)?);
    println!("{:?}", service.response::<callsheet::qingcloud::job::DescribeJobs>(&answer)?);
"#;

const AT_RUN_TIME: &str = r#"
    let catalog = callsheet_dynamic::Catalog::new(&callsheet_spec::load_dir("specs")?.spec);
    println!("{}", catalog.entries().count());
"#;

const SEND: &str = r#"
    let service = statistics::service("cn").credentials(Credentials::new("id", "secret"));
    let client = callsheet_ureq::Client::new(service);
    let (begin, end) = ("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    println!("{:?}", client.send(&statistics::GetBandwidth::new(begin, end))?);
"#;

const PAGES: &str = r#"
    let service = callsheet::oos::iam::service("cn").credentials(Credentials::new("id", "secret"));
    for user in callsheet_ureq::Client::new(service).items(&callsheet::oos::iam::ListUsers::new())? {
        println!("{:?}", user?);
    }
"#;

const LOOK_UP: &str = r#"
    let provider = callsheet::credentials::Provider::of(&statistics::API);
    let client = callsheet_ureq::Client::builder(statistics::service("cn")).credentials(provider).build()?;
    let (begin, end) = ("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    println!("{:?}", client.send(&statistics::GetBandwidth::new(begin, end))?);
"#;

const SEND_ASYNC: &str = r#"
    let service = statistics::service("cn").credentials(Credentials::new("id", "secret"));
    let client = callsheet_hyper::Client::new(service);
    let (begin, end) = ("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    let action = statistics::GetBandwidth::new(begin, end);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:?}", runtime.block_on(client.send(&action))?);
"#;

const CHOICES: [Choice; 9] = [
    Choice {
        name: "pure",
        says: "requests and answers, no transport: `callsheet` with `oos-statistics`",
        over: None,
        features: "oos-statistics",
        dependencies: HTTP,
        steps: &[PURE],
    },
    Choice {
        name: "compiled",
        says: "every service of this repository compiled, and not called",
        over: Some("pure"),
        features: "all-services",
        dependencies: HTTP,
        steps: &[PURE],
    },
    Choice {
        name: "json",
        says: "a second service called, signed and answered otherwise: `qingcloud-job`",
        over: Some("pure"),
        features: "oos-statistics, qingcloud-job",
        dependencies: HTTP,
        steps: &[PURE, PURE_JSON],
    },
    Choice {
        name: "dynamic",
        says: "spec files read at run time: `callsheet-dynamic`",
        over: Some("pure"),
        features: "oos-statistics",
        dependencies: "http = \"1\"\ncallsheet-dynamic = { path = \"CRATES/callsheet-dynamic\" }\n\
                       callsheet-spec = { path = \"CRATES/callsheet-spec\" }\n",
        steps: &[PURE, AT_RUN_TIME],
    },
    Choice {
        name: "ureq",
        says: "blocking calls with TLS: `callsheet-ureq`",
        over: Some("pure"),
        features: "oos-statistics",
        dependencies: UREQ,
        steps: &[SEND],
    },
    Choice {
        name: "hyper",
        says: "async calls with TLS: `callsheet-hyper`, tokio",
        over: Some("pure"),
        features: "oos-statistics",
        dependencies: "callsheet-hyper = { path = \"CRATES/callsheet-hyper\" }\n\
                       tokio = { version = \"1\", default-features = false, features = [\"rt\"] }\n",
        steps: &[SEND_ASYNC],
    },
    Choice {
        name: "pages",
        says: "a list read page by page",
        over: Some("ureq"),
        features: "oos-statistics, oos-iam",
        dependencies: UREQ,
        steps: &[SEND, PAGES],
    },
    Choice {
        name: "credentials",
        says: "credentials looked up in environment, files and metadata",
        over: Some("ureq"),
        features: "oos-statistics",
        dependencies: UREQ,
        steps: &[LOOK_UP],
    },
    Choice {
        name: "tracing",
        says: "events of calls: `tracing`",
        over: Some("ureq"),
        features: "oos-statistics",
        dependencies: "callsheet-ureq = { path = \"CRATES/callsheet-ureq\", features = [\"tracing\"] }\n",
        steps: &[SEND],
    },
];

impl Choice {
    /// Writes the package, as a workspace of its own.
    fn write(&self, root: &Path, folder: &Path) -> Result<(), String> {
        let error = |e: std::io::Error| format!("{}: {e}", folder.display());
        let crates = root.join("crates").display().to_string();
        let features: Vec<String> = self.features.split(", ").map(|feature| format!("{feature:?}")).collect();
        let manifest = format!(
            "# Written by `cargo xtask builds`.\n[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[profile.plain]\ninherits = \"release\"\nstrip = true\n\n\
             [dependencies]\ncallsheet = {{ path = \"CRATES/callsheet\", features = [{}] }}\n{}",
            self.name,
            features.join(", "),
            self.dependencies,
        );
        let steps: Vec<String> = self.steps.iter().map(|step| step.to_string()).collect();
        let used = if self.steps.contains(&LOOK_UP) { "" } else { "use callsheet::Credentials;\n" };
        let main = format!(
            "//! Written by `cargo xtask builds`.\n\n{used}use callsheet::oos::statistics;\n\n\
             fn main() -> Result<(), Box<dyn std::error::Error>> {{{}    Ok(())\n}}\n",
            steps.join("")
        );
        fs::create_dir_all(folder.join("src")).map_err(error)?;
        fs::write(folder.join("Cargo.toml"), manifest.replace("CRATES", &crates)).map_err(error)?;
        fs::write(folder.join("src/main.rs"), main).map_err(error)?;
        // the versions that everything else is measured with
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(error)?;
        Ok(())
    }
}

/// Builds all of them, each into an empty folder, and prints what each adds to the one without it.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    println!(
        "| choice | over | crates | dev user s | release user s | KB | more: crates | dev user s | release user s | KB | load before |"
    );
    println!("| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
    let mut rows: Vec<Row> = Vec::new();
    for choice in &CHOICES {
        let folder = budgets::target(root).join("choices").join(choice.name);
        choice.write(root, &folder)?;
        let load = cost::load();
        let row = build(&folder, choice.name, &["--offline"], &budgets::target(root).join("builds"))?;
        let other = rows.iter().find(|row| Some(row.name) == choice.over);
        let more = |part: &dyn Fn(&Row) -> f64, decimals: usize| {
            other.map(|other| format!("{:+.decimals$}", part(&row) - part(other))).unwrap_or_default()
        };
        println!(
            "| {} | {} | {} | {:.1} | {:.1} | {:.0} | {} | {} | {} | {} | {load} |",
            choice.says,
            choice.over.unwrap_or_default(),
            row.crates,
            row.dev.user_seconds,
            row.release.user_seconds,
            row.bytes as f64 / 1000.0,
            more(&|row| row.crates as f64, 0),
            more(&|row| row.dev.user_seconds, 1),
            more(&|row| row.release.user_seconds, 1),
            more(&|row| row.bytes as f64 / 1000.0, 0),
        );
        rows.push(row);
    }
    Ok(())
}
