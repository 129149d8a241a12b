use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What separates the columns of a table.
const SEPARATOR: usize = 2;

/// No column is made narrower than this before all of them are.
const LEAST_WIDTH: usize = 6;

/// How wide the columns of these rows are: as wide as their widest cells, or, if the table is then wider than it may be, the
/// widest columns less.
pub(super) fn widths(rows: &[Vec<String>], limit: Option<usize>) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
    };
    let mut widths: Vec<_> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    let separators = SEPARATOR * columns.saturating_sub(1);
    let room = limit.map_or(usize::MAX, |limit| limit.saturating_sub(separators));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(width) if *width > LEAST_WIDTH => *width -= 1,
            _ => break,
        }
    }
    widths
}

/// A row whose cells are as wide as these; the last one needs no padding.
pub(super) fn row(cells: &[String], widths: &[usize], limit: Option<usize>) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        if !line.is_empty() {
            line.push_str("  ");
        }
        line.push_str(&padded(&shortened(cell, *width), *width));
    }
    let line = line.trim_end();
    limit.map_or_else(|| line.to_owned(), |limit| shortened(line, limit))
}

pub(super) fn padded(text: &str, width: usize) -> String {
    let padding = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(padding))
}

/// The text, or as much of it as fits with a sign that it goes on.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut room = width.saturating_sub(1);
    for character in text.chars() {
        let needed = character.width().unwrap_or(0);
        if needed > room {
            break;
        }
        room -= needed;
        short.push(character);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cells() {
        let rows = [cells(&["NAME", "N"]), cells(&["a", "1234"]), cells(&["orders", "5"])];
        assert_eq!(widths(&rows, None), [6, 4]);
        assert_eq!(row(&rows[1], &[6, 4], None), "a       1234");
    }

    #[test]
    fn the_widest_columns_give_way_until_the_table_fits() {
        let rows = [cells(&["NAME", "DATA"]), cells(&[&"x".repeat(30), &"y".repeat(90)])];
        let widths = widths(&rows, Some(60));
        assert_eq!(widths, [29, 29]);
        let line = row(&rows[1], &widths, Some(60));
        assert_eq!((line.width(), line.matches('…').count()), (60, 2));
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        let rows = vec![cells(&["abcdefgh"; 9])];
        let widths = widths(&rows, Some(20));
        assert_eq!(row(&rows[0], &widths, Some(20)).width(), 20);
    }

    #[test]
    fn wide_characters_are_not_cut_in_two() {
        assert_eq!(shortened("配列配列", 6), "配列…");
        assert_eq!(shortened("配列", 4), "配列");
        assert_eq!(padded("配", 3), "配 ");
    }
}
