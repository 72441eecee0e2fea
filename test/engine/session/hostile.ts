/** Values that break careless shell text. */
export const hostile: readonly string[] = [
  '', ' ', '-', '--', '-n', '-rf', '$(reboot)', '`id`', '${x?}', '$HOME', "'", "''", `it's "quoted"`, '"', '\\', '\\n', '\\\\', 'a\nb', '\n', 'ends in a newline\n', '\t', '!!', '*', '?', '[a]', '~',
  '{{ 7*7 }}', '#x', ';exit 3', '&', '|', '>x', '(', ')', 'ü€😀', '\u0081\u0082\u0088', '\u001b[31m', '\r', '%s', '=x', 'a=b', '\u{10FFFF}', "k_e 0 0\n'", '\u007f\u0001\u0002',
  Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join(''),
];
