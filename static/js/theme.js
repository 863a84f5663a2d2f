// Runs before the page is drawn: without a choice of the user's (cookie), the theme is that of the system.
"use strict";
if (!document.cookie.split("; ").some((cookie) => cookie.startsWith("theme=")) && matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.dataset.bsTheme = "dark";
}
