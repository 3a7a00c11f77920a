//! Imports the models below `$BOTOCORE_MODELS/<service>/` and generates the actions that the calls need.

use std::path::{Path, PathBuf};
use std::{env, fs};

use callsheet_codegen::{Options, inline};
use callsheet_import::{Inputs, Source, botocore};
use callsheet_spec::Files;

const ACTIONS: [&str; 19] = [
    "sts/GetCallerIdentity",
    "iam/AttachUserPolicy",
    "iam/CreateAccessKey",
    "iam/CreatePolicy",
    "iam/CreateUser",
    "iam/DeleteAccessKey",
    "iam/DeleteUser",
    "iam/DetachUserPolicy",
    "iam/GetUser",
    "iam/ListPolicies",
    "iam/ListUsers",
    "ec2/DescribeImages",
    "ec2/DescribeInstances",
    "ec2/RunInstances",
    "ec2/TerminateInstances",
    "sns/CreateTopic",
    "sns/DeleteTopic",
    "sns/ListTopics",
    "sns/Publish",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=BOTOCORE_MODELS");
    let models = env::var_os("BOTOCORE_MODELS").ok_or("BOTOCORE_MODELS must name a folder: see .ci/moto")?;
    let models = Path::new(&models);
    let mut files = Files::new();
    for service in ["sts", "iam", "ec2", "sns"] {
        let name = format!("{service}/service-2.json");
        let text = fs::read_to_string(models.join(&name)).map_err(|e| format!("{name}: {e}"))?;
        for (path, text) in botocore(Inputs { id: Some(service), ..Inputs::new(Source { name: &name, text: &text }) })? {
            files.add(path, text);
        }
    }
    let loaded = callsheet_spec::load(&files).map_err(|report| format!("\n{report}"))?;
    let only = ACTIONS.map(str::to_owned).to_vec();
    let text = inline(&loaded.spec, &Options { command: "build.rs".to_owned(), only, ..Options::default() })?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("callsheet.rs"), text)?;
    Ok(())
}
