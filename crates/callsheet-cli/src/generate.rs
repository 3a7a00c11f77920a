//! `callsheet generate`

use std::path::Path;

use callsheet_codegen::{Options, Stale};

use crate::args::Generate;
use crate::exit::{Code, Failure};
use crate::words::count;
use crate::{specs, terminal};

pub(crate) fn run(args: &Generate, folder: Option<&Path>) -> Result<(), Failure> {
    // a crate of one's own is made from specs of one's own: the built-in ones are generated already, in `callsheet`
    let Some(folder) = folder else {
        return Err(Failure::usage("--specs is missing: the folder of spec files to generate from")
            .hint("the built-in services are there already, as features of the crate `callsheet`"));
    };
    let loaded = specs::load(Some(folder))?;
    let options = Options {
        command: "callsheet generate".to_owned(),
        specs: folder.display().to_string().replace('\\', "/"),
        features: args.features,
        module: args.module.clone(),
        only: args.only.clone(),
    };
    let files = callsheet_codegen::generate(&loaded.spec, &options)
        .map_err(|error| Failure::new(Code::Specs, error.to_string()))?;
    if args.check {
        let stale = callsheet_codegen::stale(&args.out, &files).map_err(|error| Failure::file(&args.out, &error))?;
        if stale.is_empty() {
            return Ok(terminal::print(&format!("{}: fresh\n", count(files.len(), "file")))?);
        }
        let mut message = format!("{} is not as it would be generated", args.out.display());
        for file in &stale {
            let (what, path) = match file {
                Stale::Missing(path) => ("missing", path),
                Stale::Different(path) => ("different", path),
                Stale::Extra(path) => ("not generated any more", path),
                Stale::Foreign(path) => ("not generated, but in the way", path),
            };
            message.push_str(&format!("\n  {what}: {}", path.display()));
        }
        return Err(Failure::new(Code::Refused, message).hint("the same command without --check writes the files"));
    }
    let changed = callsheet_codegen::write(&args.out, &files).map_err(|error| Failure::file(&args.out, &error))?;
    let mut text = String::new();
    for file in &changed {
        text.push_str(&format!("{file}\n"));
    }
    text.push_str(&format!("{}, {} changed\n", count(files.len(), "file"), changed.len()));
    Ok(terminal::print(&text)?)
}
