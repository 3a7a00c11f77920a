//! Generates the action whose fields are those that the peers' structs have.

fn main() -> Result<(), String> {
    callsheet_codegen::build_script("specs")
}
