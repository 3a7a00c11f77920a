//! What it costs to build generated crates and programs that use them.

use super::Row;
use super::measure::{Build, Place, rebuild};
use super::programs::{CALLS, OF_TEN};
use crate::cost::{self, Cost};
use crate::tool::Lines;

/// What was measured of a crate and, where a program calls one of its actions, of that.
pub(crate) struct Built {
    pub(crate) service: String,
    pub(crate) operations: usize,
    pub(crate) lines: Lines,
    pub(crate) check: Cost,
    pub(crate) dev: Cost,
    pub(crate) release: Cost,
    pub(crate) program: Option<Program>,
}

/// A program that calls one action.
pub(crate) struct Program {
    /// Of the program and the generated crate; what both depend on is there.
    pub(crate) dev: Cost,
    /// Of one changed line.
    pub(crate) rebuild: Cost,
}

/// Builds what was generated, and prints it.
pub(crate) fn ours(place: &Place, rows: &[Row]) -> Result<Vec<Built>, String> {
    println!("\nLoad before the builds: {}.", cost::load());
    for build in [Build::Dev, Build::Release] {
        build.run(place, &["models-warm".to_owned()])?;
    }
    Build::Dev.run(place, &["models-program-warm".to_owned()])?;
    let mut all = Vec::new();
    heading();
    for row in rows {
        let generated = [format!("models-{}", row.service)];
        let dev = Build::Dev.anew(place, &generated)?;
        let release = Build::Release.anew(place, &generated)?;
        let program = if CALLS.iter().any(|(service, ..)| *service == row.service) {
            let name = format!("program-{}", row.service);
            let package = format!("models-{name}");
            let dev = Build::Dev.anew(place, &[package.clone(), generated[0].clone()])?;
            let main = place.folder.join(&name).join("src/main.rs");
            Some(Program { dev, rebuild: rebuild(place, &package, &main)? })
        } else {
            None
        };
        let (service, operations, lines, check) = (row.service.clone(), row.operations, row.lines, row.check);
        let built = Built { service, operations, lines, check, dev, release, program };
        built.print(&built.service);
        all.push(built);
    }
    slope(&all);
    if rows.iter().any(|row| row.service == "ec2") {
        ten(place)?;
    }
    println!("\nLoad after the builds: {}.", cost::load());
    Ok(all)
}

/// The head of the table that [`Built::print`] fills.
pub(crate) fn heading() {
    println!(
        "\n| crate | check user s | dev user s | dev peak MB | release user s | release peak MB | with a program, dev user s | one line: wall s | user s |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
}

impl Built {
    pub(crate) fn print(&self, name: &str) {
        let program = |part: fn(&Program) -> f64| {
            self.program.as_ref().map(|program| format!("{:.2}", part(program))).unwrap_or_default()
        };
        println!(
            "| {name} | {:.2} | {:.2} | {:.0} | {:.2} | {:.0} | {} | {} | {} |",
            self.check.user_seconds,
            self.dev.user_seconds,
            self.dev.peak_mb,
            self.release.user_seconds,
            self.release.peak_mb,
            program(|program| program.dev.user_seconds),
            program(|program| program.rebuild.wall_seconds),
            program(|program| program.rebuild.user_seconds),
        );
    }
}

/// What one more operation costs, from IAM to EC2.
pub(crate) fn slope(all: &[Built]) {
    let find = |service: &str| all.iter().find(|built| built.service == service);
    let (Some(small), Some(large)) = (find("iam"), find("ec2")) else { return };
    let more = large.operations as f64 - small.operations as f64;
    let each = |part: fn(&Built) -> f64| (part(large) - part(small)) / more;
    println!(
        "\n| one more operation, iam to ec2 | check user s | dev user s | release user s | lines | dev MB | release MB |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    println!(
        "| {more:.0} more | {:.4} | {:.4} | {:.4} | {:.0} | {:.2} | {:.2} |",
        each(|built| built.check.user_seconds),
        each(|built| built.dev.user_seconds),
        each(|built| built.release.user_seconds),
        each(|built| built.lines.all as f64),
        each(|built| built.dev.peak_mb),
        each(|built| built.release.peak_mb),
    );
}

/// Ten actions of EC2 through a build script: reading all spec files and generating is part of the cost.
fn ten(place: &Place) -> Result<(), String> {
    let package = [format!("models-{OF_TEN}")];
    println!("\n| ten EC2 actions by build.rs | user s | wall s | peak MB |\n|---|--:|--:|--:|");
    for build in Build::ALL {
        build.run(place, &["models-ten-warm".to_owned()])?;
        let cost = build.anew(place, &package)?;
        println!("| {build:?} | {:.2} | {:.2} | {:.0} |", cost.user_seconds, cost.wall_seconds, cost.peak_mb);
    }
    Ok(())
}
