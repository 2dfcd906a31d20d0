import { createApp } from 'vue';
import App from './App.vue';
import { followColorScheme } from './ui/colorScheme';
import 'element-plus/theme-chalk/dark/css-vars.css';
import './styles.css';

followColorScheme();
createApp(App).mount('#app');
