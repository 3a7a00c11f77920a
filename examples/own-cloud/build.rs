//! Generates the module of each service below `specs/`.

fn main() -> Result<(), String> {
    callsheet_codegen::build_script("specs")
}
