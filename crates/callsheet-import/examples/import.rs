//! `import service-2.json [paginators-1.json waiters-2.json] --out DIR`: writes the spec files of a model.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = args.last().ok_or("no folder")?.clone();
    let texts: Vec<(String, String)> = args[..args.len() - 1].iter().map(|a| Ok((a.clone(), std::fs::read_to_string(a)?))).collect::<Result<_, std::io::Error>>()?;
    let source = |i: usize| texts.get(i).map(|(name, text)| callsheet_import::Source { name, text });
    let inputs = callsheet_import::Inputs { paginators: source(1), waiters: source(2), ..callsheet_import::Inputs::new(source(0).ok_or("no file")?) };
    let start = std::time::Instant::now();
    let files = callsheet_import::botocore(inputs)?;
    eprintln!("import {:?}", start.elapsed());
    for (path, text) in &files {
        let path = std::path::Path::new(&out).join(path);
        std::fs::create_dir_all(path.parent().ok_or("")?)?;
        std::fs::write(path, text)?;
    }
    let start = std::time::Instant::now();
    match callsheet_spec::load(&files.into_iter().collect()) {
        Ok(loaded) => { eprintln!("load {:?}, {} warnings", start.elapsed(), loaded.warnings.problems().len()); for p in loaded.warnings.problems().iter().take(10) { eprintln!("{p}"); } }
        Err(report) => { let t = report.to_string(); eprintln!("{}", &t[..t.len().min(4000)]); }
    }
    Ok(())
}
