// Runs before the first paint, so that a chosen theme never flashes the other one. The switch itself is in lib/theme.js.
try {
  const theme = localStorage.getItem('colloquy.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
