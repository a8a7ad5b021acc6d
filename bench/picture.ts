import { init } from 'echarts'
import type { Chart } from './section.ts'

const SIZE = { width: 900, height: 420 }

/** A chart as SVG, for a page that is light or dark. */
export const pictureOf = (title: string, { unit, categories, series }: Chart): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE })
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center' },
    legend: series.length > 1 ? { bottom: 0 } : { show: false },
    grid: { left: 80, right: 30, top: 60, bottom: 70 },
    xAxis: { type: 'category', data: [...categories], axisLabel: { interval: 0 } },
    yAxis: { type: 'value', name: unit },
    series: series.map(({ name, values }) => ({ type: 'bar', name, data: [...values] })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
