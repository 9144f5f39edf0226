"use strict";
// Draws every chart in its place. What cannot be drawn says so; its numbers are in the table below.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const options = { renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { theme: "custom" } };
  document.querySelectorAll(".chart").forEach((place, number) => {
    vegaEmbed(place, charts[number], options).catch((error) => {
      place.textContent = "This chart could not be drawn: " + error.message;
    });
  });
})();
