//! docs/errors.md tells of every code, of no other, and what it says of status and retries is so.

use wire::ErrorCode;

#[test]
fn the_table_of_codes_is_the_list_of_codes() {
    let text = include_str!("../../../docs/errors.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let expected: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let retry = if code.is_retryable() { "yes" } else { "no" };
            (format!("`{code}`"), code.status().to_string(), retry)
        })
        .collect();
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            assert_eq!(row.len(), 5, "{row:?}");
            (row[0].to_owned(), row[1].to_owned(), row[3])
        })
        .collect();
    assert_eq!(found, expected);
}
